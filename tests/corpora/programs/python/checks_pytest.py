# corpus: test report
# needs: pytest==8.3.4
# since: 3.12
# until: 3.12
# run: {tool} -m pytest -q -s -p no:cacheprovider {file}
# split: _{10,} test_\w+ _{10,}
# stop: =+ short test summary
# event: KeyError: 'lr'
# event: RuntimeError: no settings
from marks import begin


def look(settings):
    return settings["lr"]


def test_error():
    assert look({}) == 1


def test_chained():
    try:
        look({})
    except KeyError as error:
        raise RuntimeError("no settings") from error


def test_passes():
    assert look({"lr": 1}) == 1


begin()
