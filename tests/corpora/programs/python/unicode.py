# corpus: unicode
# since: 3.0
# event: 值错误: größer als erwartet — 🌡 42
from marks import begin


class 值错误(Exception):
    pass


def prüfe(größe):
    raise 值错误("größer als erwartet — 🌡 %d" % größe)


begin()
prüfe(42)
