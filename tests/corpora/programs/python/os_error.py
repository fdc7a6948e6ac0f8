# corpus: uncaught
# since: 3.3
# event: FileNotFoundError: [Errno 2] No such file or directory: '/nowhere/a b.txt'
from marks import begin

begin()
with open("/nowhere/a b.txt") as file:
    file.read()
