"""The commands, by what they are about; `cli.py` imports each when it is asked for."""

EXIT_CODES_HELP = """\b
Exit codes:
  0  pass
  1  the gate failed: a finding, or a job that ended in another way than expected
  2  wrong usage or configuration
  3  something could not be run or judged: missing evidence, infrastructure
  4  a bug in loggate
"""
