# corpus: uncaught
# event: ValueError: the rate must be positive
from marks import begin, say


def check(rate):
    if rate < 0:
        raise ValueError("the rate must be positive")


def main():
    say("round 1")
    begin()
    check(-1)


main()
