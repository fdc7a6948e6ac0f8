# corpus: caught and printed
# event: Silent: <
import traceback

from marks import begin, end, say


class Silent(Exception):
    def __str__(self):
        raise ValueError("no text")


begin()
try:
    raise Silent()
except Silent:
    traceback.print_exc()
end()
say("next")
