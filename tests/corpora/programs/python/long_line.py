# corpus: long line
# event: ValueError: weights 0.125, 0.125
from marks import begin

begin()
raise ValueError("weights " + ", ".join(["0.125"] * 3000))
