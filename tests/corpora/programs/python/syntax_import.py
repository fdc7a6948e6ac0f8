# corpus: syntax error
# event: SyntaxError:
import sys

from marks import begin

sys.path.insert(0, "/srv/app/parts")
begin()
import broken  # noqa: E402,F401
