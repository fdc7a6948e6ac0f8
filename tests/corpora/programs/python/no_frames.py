# corpus: caught and printed
# event: ValueError: sent from elsewhere
import sys

from marks import begin, end, say

begin()
sys.stderr.write("Traceback (most recent call last):\nValueError: sent from elsewhere\n")
end()
say("next")
