"""Shared by the programs: the lines that tell make.py where an event begins and ends."""

import sys


def say(text):
    sys.stdout.flush()
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def begin():
    say("-- begin")


def end():
    say("-- end")
