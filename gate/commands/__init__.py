"""Commands beside `run` and `scan`, by what they are about; `cli.py` puts them on the command line."""
