"""Values from outside are followed to where they do harm, and no further than a check."""

import pytest

from conventions.facts.facts import Facts
from conventions.source import last_name

HARMFUL = {
    "a parameter": "def f(x: str):\n    ?text(x)\n",
    "an f-string": "def f(x: str):\n    ?text(f'SELECT {x}')\n",
    "a sum": "def f(x: str):\n    y = 'a' + x\n    ?text(y)\n",
    "a percent": "def f(x: str):\n    ?text('%s' % x)\n",
    "a format": "def f(x: str):\n    ?text('{}'.format(x))\n",
    "a join": "def f(xs: list[str]):\n    ?text(', '.join(xs))\n",
    "an augmented assignment": "def f(x: str):\n    y = 'a'\n    y += x\n    ?text(y)\n",
    "a list that grows": (
        "def f(x: str):\n    ys = ['a']\n    ys.append(x)\n    ?text(' '.join(ys))\n"
    ),
    "a helper": "def g(x):\n    return f'a {x}'\ndef f(x: str):\n    ?text(g(x))\n",
    "a sink in a helper": "def g(x: str):\n    ?text(x)\ndef f(x: str):\n    g('a' + x)\n",
    "a closure": "def f(x: str):\n    def g():\n        return x\n    ?text(g())\n",
    "an attribute": (
        "class A:\n    def __init__(self, x: str):\n        self.x = x\n"
        "    def g(self):\n        ?text(self.x)\ndef f(x: str):\n    A(x).g()\n"
    ),
    "a property": (
        "class A:\n    def __init__(self, x: str):\n        self.x = x\n    @property\n"
        "    def y(self):\n        return 'a' + self.x\n    def g(self):\n        ?text(self.y)\n"
        "def f(x: str):\n    A(x).g()\n"
    ),
    "a field": (
        "from dataclasses import dataclass\n@dataclass\nclass A:\n    x: str\n"
        "def g(a: A):\n    ?text(a.x)\ndef f(x: str):\n    g(A(x))\n"
    ),
    "a match": "def f(x: str):\n    match x:\n        case y:\n            ?text(y)\n",
    "a comprehension": "def f(xs: list[str]):\n    ?text(' '.join([x for x in xs]))\n",
    "a loop": "def f(xs: list[str]):\n    for x in xs:\n        ?text(x)\n",
    "loops that add to each other": (
        "def f(xs: list[str]):\n    y = ''\n    for x in xs:\n        y += x\n        y += y\n    ?text(y)\n"
    ),
}
HARMLESS = {
    "a constant": "X = 'a'\ndef f(x: str):\n    ?text(X)\n",
    "a number": "def f(x: int):\n    ?text(f'LIMIT {x}')\n",
    "an id": "from uuid import UUID\ndef f(x: UUID):\n    ?text(f'{x}')\n",
    "an enum": (
        "from enum import StrEnum\nclass E(StrEnum):\n    A = 'a'\ndef f(x: E):\n    ?text(x)\n"
    ),
    "a literal type": "from typing import Literal\ndef f(x: Literal['a', 'b']):\n    ?text(x)\n",
    "a mapping": "M = {'a': 'b'}\ndef f(x: str):\n    ?text(M[x])\n",
    "a lookup": "M = {'a': 'b'}\ndef f(x: str):\n    ?text(M.get(x, 'c'))\n",
    "a check of membership": (
        "def f(x: str):\n    if x not in {'a', 'b'}:\n        raise ValueError\n    ?text(x)\n"
    ),
    "a branch of membership": "def f(x: str):\n    if x in ('a', 'b'):\n        ?text(x)\n",
    "a match of literals": (
        "def f(x: str):\n    match x:\n        case 'a' | 'b':\n            ?text(x)\n"
    ),
    "a whole match": (
        "import re\ndef f(x: str):\n    if not re.fullmatch('[a-z]+', x):\n        return\n    ?text(x)\n"
    ),
    "a function that refuses": (
        "def check(x):\n    if x != 'a':\n        raise ValueError\n"
        "def f(x: str):\n    check(x)\n    ?text(x)\n"
    ),
    "callers with constants": "def g(x: str):\n    ?text(x)\ndef f():\n    g('a')\n    g('b')\n",
    "a length": "def f(x: str):\n    ?text(f'{len(x)}')\n",
    "functions that call each other": (
        "def g(x: str):\n    ?text(x)\n    h(x)\ndef h(x: str):\n    g(x)\n"
    ),
}


def origin(text: str) -> str:
    """Return the value from outside in the argument of the call after the mark."""
    line = text[: text.index("?")].count("\n") + 3
    whole = f"from sqlalchemy import text\n\n{text.replace('?', '')}"
    facts = Facts.of_texts({"app/features/it.py": whole})
    source = facts.resolver.sources["app.features.it"]
    call = next(one for one in source.calls() if one.lineno == line and last_name(one) == "text")
    return facts.outside("sql").origin(source, call.args[0])


@pytest.mark.parametrize("name", HARMFUL)
def test_a_value_from_outside_is_followed(name: str) -> None:
    assert origin(HARMFUL[name]) != ""


@pytest.mark.parametrize("name", HARMLESS)
def test_a_harmless_value_is_left_alone(name: str) -> None:
    assert origin(HARMLESS[name]) == ""
