# corpus: test report
# since: 3.12
# event: KeyError: 'lr'
# event: AssertionError: 1 != 2
import unittest

from marks import begin, end


class Checks(unittest.TestCase):
    def test_error(self):
        self.assertEqual({}["lr"], 1)

    def test_fails(self):
        self.assertEqual(1, 2)

    def test_passes(self):
        self.assertEqual(1, 1)


class Result(unittest.TextTestResult):
    """Prints what the base class prints, and the marks."""

    def printErrorList(self, flavour, errors):
        for test, text in errors:
            self.stream.writeln(self.separator1)
            begin()
            self.stream.writeln("%s: %s" % (flavour, self.getDescription(test)))
            self.stream.writeln(self.separator2)
            self.stream.writeln("%s" % text)
            end()


unittest.main(testRunner=unittest.TextTestRunner(resultclass=Result))
