"""Shared by the programs: a logger whose times stand still."""

import logging
import sys
import time


def logger(style, datefmt=None):
    logging.Formatter.converter = time.gmtime
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(style, datefmt))
    handler.addFilter(Still())
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    return logging.getLogger("app.trainer")


class Still(object):
    now = 1893499200.25

    def filter(self, record):
        record.created = Still.now
        record.msecs = 250.0
        record.process = 4242
        record.thread = 140000000000000
        Still.now += 1
        return True
