# corpus: ignored
# since: 3.0
# event: BrokenPipeError: [Errno 32] Broken pipe
import os
import subprocess
import sys

from marks import begin, end

CODE = "import sys; sys.stdin.read(); sys.stdout.write('rows')"
reader, writer = os.pipe()
begin()
child = subprocess.Popen([sys.executable, "-c", CODE], stdin=subprocess.PIPE, stdout=writer)
os.close(reader)
os.close(writer)
child.communicate(b"")
end()
