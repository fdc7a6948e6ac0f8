# corpus: deep
# event: LookupError: bottom
from marks import begin

code = "\n".join("def f%d():\n    f%d()" % (n, n + 1) for n in range(150)) + "\ndef f150():\n    raise LookupError('bottom')"
exec(code)
begin()
f0()  # noqa: F821
