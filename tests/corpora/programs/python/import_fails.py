# corpus: uncaught
# event: ImportError: the plug-in is too old
import sys

from marks import begin

sys.path.insert(0, "/srv/app/parts")
begin()
import fails  # noqa: E402,F401
