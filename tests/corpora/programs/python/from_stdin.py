# corpus: uncaught
# since: 3.0
# event: NameError: name 'weights' is not defined
import subprocess
import sys

from marks import begin, end

begin()
child = subprocess.Popen([sys.executable, "-"], stdin=subprocess.PIPE)
child.communicate(b"def f():\n    return weights\nf()\n")
end()
