# corpus: syntax error
# event: SyntaxError:
import os
import subprocess
import sys

from marks import begin, end

begin()
subprocess.call([sys.executable, os.path.join("parts", "broken.py")])
end()
