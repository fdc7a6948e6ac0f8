# corpus: syntax error
# event: IndentationError: expected an indented block
import os
import subprocess
import sys

from marks import begin, end

begin()
subprocess.call([sys.executable, os.path.join("parts", "unindented.py")])
end()
