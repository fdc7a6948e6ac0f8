# corpus: syntax error
# event: SyntaxError:
from marks import begin

begin()
exec("x = (1,\ny = 2\n")
