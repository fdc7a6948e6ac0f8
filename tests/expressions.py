"""GitHub's expressions, as far as the action uses them: what is not known here is an error, and never a guess.

https://docs.github.com/en/actions/reference/workflows-and-actions/expressions
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

_TOKEN = re.compile(r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<name>[A-Za-z_][\w.-]*)|(?P<sign>&&|\|\||==|!=|[!()]))")
_TEMPLATE = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_STATUS = {"always", "success", "failure", "cancelled"}

Names = Mapping[str, Any]
Functions = Mapping[str, Callable[[], bool]]


def rendered(template: str, names: Names) -> str:
    """The text with each `${{ expression }}` replaced by its value."""
    return _TEMPLATE.sub(lambda found: str(Expression(found[1], names, {}).value()), template)


def condition(text: str, names: Names, status: Functions) -> bool:
    """Does a step with this `if:` run? One that asks for no status runs while nothing has failed."""
    inner = _TEMPLATE.sub(r"\1", text)
    expression = Expression(inner, names, status)
    met = bool(expression.value())
    return met if expression.called & _STATUS else met and status["success"]()


class Expression:
    """A recursive descent over the operators, the loosest first; operands are texts and status functions."""

    def __init__(self, text: str, names: Names, functions: Functions) -> None:
        self._words = self._split(text)
        self._names = names
        self._functions = functions
        self.called: set[str] = set()

    @staticmethod
    def _split(text: str) -> list[str]:
        words, end = [], 0
        for found in iter(_TOKEN.scanner(text.rstrip()).match, None):
            words.append(found[0].strip())
            end = found.end()
        assert end == len(text.rstrip()), f"no expression that is known here: {text}"
        return words

    def value(self) -> Any:
        value = self._either()
        assert not self._words, self._words
        return value

    def _either(self) -> Any:
        left = self._both()
        while self._take("||"):
            right = self._both()
            left = left or right
        return left

    def _both(self) -> Any:
        left = self._equal()
        while self._take("&&"):
            right = self._equal()
            left = left and right
        return left

    def _equal(self) -> Any:
        left = self._single()
        for sign, wanted in (("==", True), ("!=", False)):
            if self._take(sign):
                return (str(left).lower() == str(self._single()).lower()) == wanted
        return left

    def _single(self) -> Any:
        if self._take("!"):
            return not self._single()
        if self._take("("):
            value = self._either()
            assert self._take(")")
            return value
        word = self._words.pop(0)
        if word.startswith("'"):
            return word[1:-1].replace("''", "'")
        if word in ("true", "false"):
            return word == "true"
        return self._call(word) if self._take("(") else self._named(word)

    def _call(self, name: str) -> bool:
        assert self._take(")"), f"{name}: no function with arguments is known here"
        self.called.add(name)
        return self._functions[name]()

    def _named(self, path: str) -> Any:
        """The value of `steps.judge.outputs.verdict`; what is missing is empty, but for the context itself."""
        context, *keys = path.split(".")
        value: Any = self._names[context]
        for key in keys:
            value = value.get(key, "") if isinstance(value, Mapping) else ""
        return value

    def _take(self, word: str) -> bool:
        if self._words and self._words[0] == word:
            self._words.pop(0)
            return True
        return False
