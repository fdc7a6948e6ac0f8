"""loggate: a CI gate for the logs of distributed jobs."""

__version__ = "0.1.0"
