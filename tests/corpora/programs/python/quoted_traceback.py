# corpus: message of several lines
# event: RuntimeError: the worker said:
import traceback

from marks import begin, end

begin()
try:
    try:
        {}["lr"]
    except KeyError:
        text = traceback.format_exc()
    raise RuntimeError("the worker said:\n" + text.strip())
except RuntimeError:
    traceback.print_exc()
end()
