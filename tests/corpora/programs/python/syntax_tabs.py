# corpus: syntax error
# since: 3.0
# event: TabError: inconsistent use of tabs and spaces in indentation
import os
import subprocess
import sys

from marks import begin, end

begin()
subprocess.call([sys.executable, os.path.join("parts", "tabs.py")])
end()
