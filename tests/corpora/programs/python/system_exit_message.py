# corpus: no event
import sys

from marks import say

say("checking the settings")
sys.exit("the settings are wrong: nothing to do")
