"""The resolver names what an expression refers to, in each construct of the language.

Each row is a file, in which `?` stands before the expression that is resolved.
"""

import ast
from textwrap import dedent

import pytest

from conventions.deep import run_deep
from conventions.facts.resolver import Resolver
from conventions.source import Source

LIBRARY = {
    "app/__init__.py": "",
    "app/core/__init__.py": "from app.core.client import Client as Client, open_client\n",
    "app/core/client.py": """
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self, Protocol, Annotated, NewType, TypeVar, Generic
from pathlib import Path
T = TypeVar("T")

class Response:
    status: int
    def text(self) -> str: ...

class Client:
    limit = 5
    async def __aenter__(self) -> Self: return self
    async def request(self, url: str) -> Response: ...
    def __getitem__(self, key: str) -> Response: ...
    def __iter__(self): yield Response()
    @property
    def folder(self) -> Path: ...
    @property
    def last(self): return self.found
    @classmethod
    def create(cls) -> Self: return cls()

class SlowClient(Client):
    async def request(self, url: str) -> Response:
        return await super().request(url)

@asynccontextmanager
async def open_client():
    yield Client()

def get(kind: type[T]) -> T: ...
def first(items: list[T]) -> T: ...

class Box(Generic[T]):
    def __init__(self, item: T) -> None:
        self.item = item

Own = Annotated[Client, "the client of the user"]
Special = NewType("Special", Client)
""",
}
CLIENT = "app.core.client.Client"
REQUEST = f"{CLIENT}.request"

CASES = {
    "an import": ("from time import sleep\n?sleep", "time.sleep"),
    "a module": ("import os.path\n?os.path.join", "posixpath.join"),
    "an alias": ("import subprocess as sp\n?sp.run", "subprocess.run"),
    "an import in a function": ("def f():\n    from time import sleep\n    ?sleep()", "time.sleep"),
    "an import for types": (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n"
        "    from app.core import Client\ndef f(c: 'Client'):\n    ?c.request",
        REQUEST,
    ),
    "an optional import": (
        "try:\n    import yaml\nexcept ImportError:\n    yaml = None\n?yaml.load",
        "yaml.load",
    ),
    "a re-export": ("from app.core import Client\n?Client", CLIENT),
    "a star": ("from app.core.client import *\n?Client", CLIENT),
    "a star of a library": ("from subprocess import *\n?check_output", "subprocess.check_output"),
    "a relative import": ("from .core import Client\n?Client", CLIENT),
    "a built-in": ("?open('f')", "io.TextIOWrapper"),
    "a library that is missing": ("import no_such\n?no_such.get('u').json", "no_such.get.json"),
    "a function of the file": ("def f(): ...\ng = f\n?g", "app.it.f"),
    "an assignment": ("from time import sleep\nwait = sleep\n?wait", "time.sleep"),
    "an annotation": ("from app.core import Client\nc: Client\n?c.request", REQUEST),
    "a final": ("from typing import Final\nN: Final = 'x'\n?N", "builtins.str"),
    "a class variable": (
        "from app.core import Client\nfrom typing import ClassVar\n"
        "class A:\n    c: ClassVar[Client]\n?A().c.request",
        REQUEST,
    ),
    "an annotated alias": (
        "from app.core.client import Own\ndef f(c: Own):\n    ?c.request",
        REQUEST,
    ),
    "a new type": (
        "from app.core.client import Special\ndef f(c: Special):\n    ?c",
        "app.core.client.Special",
    ),
    "a method of a new type": (
        "from app.core.client import Special\ndef f(c: Special):\n    ?c.request",
        REQUEST,
    ),
    "an optional": (
        "from app.core import Client\ndef f(c: Client | None):\n    ?c.request",
        REQUEST,
    ),
    "a quoted type": ("from app.core import Client\ndef f(c: 'Client | None'):\n    ?c", CLIENT),
    "a match capture": (
        "from app.core import Client\ndef f(x):\n    match x:\n"
        "        case Client() as c:\n            ?c.request",
        REQUEST,
    ),
    "a match of an attribute": (
        "from app.core import Client\ndef f(x):\n    match x:\n"
        "        case Client(folder=p):\n            ?p.read_text",
        "pathlib.Path.read_text",
    ),
    "a loop": ("from app.core import Client\nfor c in [Client()]:\n    ?c.request", REQUEST),
    "a loop over a list": (
        "from app.core import Client\ndef f(cs: list[Client]):\n    for c in cs:\n        ?c",
        CLIENT,
    ),
    "a loop over items": (
        "from app.core import Client\ndef f(cs: dict[str, Client]):\n"
        "    for k, c in cs.items():\n        ?c.request",
        REQUEST,
    ),
    "a loop with numbers": (
        "from app.core import Client\ndef f(cs: list[Client]):\n"
        "    for i, c in enumerate(cs):\n        ?c.request",
        REQUEST,
    ),
    "an own iterator": (
        "from app.core import Client\nfor r in Client():\n    ?r",
        "app.core.client.Response",
    ),
    "an async loop": (
        "from app.core import Client\nfrom collections.abc import AsyncIterator\n"
        "async def clients() -> AsyncIterator[Client]: ...\n"
        "async def f():\n    async for c in clients():\n        ?c.request",
        REQUEST,
    ),
    "a comprehension": (
        "from app.core import Client\ndef f(cs: list[Client]):\n    return [?c.request() for c in cs]",
        "app.core.client.Response",
    ),
    "a with": ("with open('f') as file:\n    ?file.read", "io.TextIOWrapper.read"),
    "an async with": (
        "from app.core import Client\nasync def f():\n    async with Client() as c:\n        ?c.request",
        REQUEST,
    ),
    "a context manager": (
        "from app.core import open_client\nasync def f():\n"
        "    async with open_client() as c:\n        ?c.request",
        REQUEST,
    ),
    "a caught error": ("try: ...\nexcept KeyError as e:\n    ?e", "builtins.KeyError"),
    "a walrus": (
        "from app.core import Client\nif (c := Client()) and ?c.request: ...",
        REQUEST,
    ),
    "a walrus before": (
        "from app.core import Client\nif c := Client():\n    ?c.request",
        REQUEST,
    ),
    "an unpacked tuple": (
        "from app.core import Client\na, (b, c) = 1, (2, Client())\n?c.request",
        REQUEST,
    ),
    "a closure": (
        "from app.core import Client\ndef f():\n    c = Client()\n"
        "    def g():\n        ?c.request\n    return g",
        REQUEST,
    ),
    "a closure before": (
        "from app.core import Client\ndef f():\n    def g():\n        ?c.request\n    c = Client()",
        REQUEST,
    ),
    "a default": ("from app.core import Client\ndef f(c=Client()):\n    ?c.request", REQUEST),
    "a lambda": ("from app.core import Client\nmake = lambda: Client()\n?make().request", REQUEST),
    "a partial": (
        "from functools import partial\nfrom time import sleep\nwait = partial(sleep, 1)\n?wait",
        "time.sleep",
    ),
    "a property": (
        "from app.core import Client\n?Client().folder.read_text",
        "pathlib.Path.read_text",
    ),
    "a property without a type": (
        "from app.core import Client\nclass A(Client):\n"
        "    def __init__(self):\n        self.found = Client()\n?A().last.request",
        "",
    ),
    "an attribute of self": (
        "from app.core import Client\nclass A:\n    def __init__(self, client: Client):\n"
        "        self._client = client\n    def f(self):\n        ?self._client.request",
        REQUEST,
    ),
    "an attribute of self in a with": (
        "class A:\n    def f(self):\n        with open('x') as self.file:\n            pass\n"
        "    def g(self):\n        ?self.file.read",
        "io.TextIOWrapper.read",
    ),
    "a field of a dataclass": (
        "from dataclasses import dataclass\nfrom app.core import Client\n@dataclass\n"
        "class A:\n    client: Client\ndef f(a: A):\n    ?a.client.request",
        REQUEST,
    ),
    "an attribute of a class": ("from app.core import Client\n?Client.limit", "builtins.int"),
    "an inherited method": (
        "from app.core import Client\nclass A(Client): ...\n?A().request",
        REQUEST,
    ),
    "a method of super": (
        "from app.core import Client\nclass A(Client):\n    def f(self):\n        ?super().request",
        REQUEST,
    ),
    "a return annotation": (
        "from app.core import Client\ndef make() -> Client: ...\n?make().request",
        REQUEST,
    ),
    "a returned value": (
        "from app.core import Client\ndef make():\n    return Client()\n?make().request",
        REQUEST,
    ),
    "an awaited result": (
        "from app.core import Client\nasync def f(c: Client):\n    r = await c.request('u')\n    ?r.text",
        "app.core.client.Response.text",
    ),
    "self as result": ("from app.core import Client\n?Client.create().request", REQUEST),
    "a lookup by class": ("from app.core.client import get, Client\n?get(Client).request", REQUEST),
    "a type variable": (
        "from app.core.client import first, Client\ndef f(cs: list[Client]):\n    ?first(cs).request",
        REQUEST,
    ),
    "an item": (
        "from app.core import Client\n?Client()['x'].text",
        "app.core.client.Response.text",
    ),
    "an item of a dict": (
        "from app.core import Client\ndef f(cs: dict[str, Client]):\n    ?cs['x'].request",
        REQUEST,
    ),
    "an operator": (
        "from pathlib import Path\n?(Path('a') / 'b').read_text",
        "pathlib.Path.read_text",
    ),
    "a logical or": (
        "from app.core import Client\ndef f(c: Client | None):\n    ?(c or Client()).request",
        REQUEST,
    ),
    "a member of an enum": (
        "from enum import Enum\nclass Color(Enum):\n    RED = 1\n?Color.RED",
        "app.it.Color",
    ),
    "an item of an enum": (
        "from enum import Enum\nclass Color(Enum):\n    RED = 1\nfor c in Color:\n    ?c",
        "app.it.Color",
    ),
    "the last assignment": (
        "from app.core import Client\nc = open('x')\nc = Client()\n?c.request",
        REQUEST,
    ),
    "an earlier assignment": (
        "from app.core import Client\nc = open('x')\n?c.read()\nc = Client()",
        "io.TextIOWrapper.read",
    ),
    "an assignment of itself": (
        "from pathlib import Path\np = Path('a')\np = p / 'b'\n?p",
        "pathlib.Path",
    ),
    "an augmented assignment": ("x = 'a'\nx += 'b'\n?x", "builtins.str"),
    "a branch that leaves": (
        "from app.core import Client\ndef f(c: Client | None, x):\n    if c is None:\n"
        "        c = x\n        return\n    ?c.request",
        REQUEST,
    ),
    "a loop that assigns": (
        "from app.core import Client\ndef f(cs):\n    c = None\n    for _ in cs:\n"
        "        ?c\n        c = Client()",
        CLIENT,
    ),
    "a global": (
        "from app.core import Client\n_c = None\ndef f():\n    global _c\n    _c = Client()\n"
        "def g():\n    ?_c.request",
        REQUEST,
    ),
    "a cast": (
        "from typing import cast\nfrom app.core import Client\n?cast('Client', x).request",
        REQUEST,
    ),
    "a wrapped awaitable": (
        "import asyncio\nfrom app.core import Client\nasync def f(c: Client):\n"
        "    r = await asyncio.wait_for(c.request('u'), 3)\n    ?r.text",
        "app.core.client.Response.text",
    ),
    "a task": (
        "import asyncio\nfrom app.core import Client\nasync def f(c: Client):\n"
        "    t = asyncio.create_task(c.request('u'))\n    r = await t\n    ?r.text",
        "app.core.client.Response.text",
    ),
    "a function in a thread": (
        "import asyncio\nfrom pathlib import Path\nasync def f(p: Path):\n"
        "    t = await asyncio.to_thread(p.read_text)\n    ?t.encode",
        "builtins.str.encode",
    ),
    "functions that call each other": (
        "def f():\n    return g()\ndef g():\n    return f() or open('x')\n?f().read",
        "io.TextIOWrapper.read",
    ),
    "an attribute that is itself": ("class A:\n    x = x\n?A.x", ""),
    "variables of each other": (
        "def f():\n    for _ in ():\n        a = b\n        b = a\n    ?a",
        "",
    ),
    "classes of each other": ("class A(B): ...\nclass B(A): ...\n?B().x", ""),
    "modules of each other": ("from app.it import x\n?x", ""),
    "a variable of an environment": ("import os\n?os.environ.get", "collections.abc.Mapping.get"),
    "a class in a function": (
        "def f():\n    class A:\n        def g(self) -> int: ...\n    return A()\n?f().g",
        "app.it.f.A.g",
    ),
    "a decorated function": (
        "class Job:\n    def enqueue(self): ...\ndef job(*, name: str):\n"
        "    def declare(f) -> Job: ...\n    return declare\n@job(name='x')\n"
        "async def send(): ...\n?send.enqueue",
        "app.it.Job.enqueue",
    ),
}


def resolve(text: str) -> tuple[Resolver, Source, ast.AST]:
    before, _, rest = dedent(text).partition("?")
    resolver = Resolver.of_texts({**LIBRARY, "app/it.py": before + rest})
    source = resolver.sources["app.it"]
    position = (before.count("\n") + 1, len(before.rpartition("\n")[2]))
    starts = [
        node
        for node in ast.walk(source.tree)
        if isinstance(node, ast.expr) and (node.lineno, node.col_offset) == position
    ]
    if rest.startswith("("):  # the parentheses are no part of the expression in them
        starts += [
            n
            for n in ast.walk(source.tree)
            if isinstance(n, ast.Attribute | ast.Call)
            and n.lineno == position[0]
            and n.col_offset == position[1]
        ]
    return resolver, source, max(starts, key=lambda node: node.end_col_offset or 0)


@pytest.mark.parametrize("name", CASES)
def test_expressions_have_the_name_of_what_they_refer_to(name: str) -> None:
    text, expected = CASES[name]
    resolver, source, node = resolve(text)
    assert resolver.name(source, node) == expected


def test_either_branch_of_an_if_is_a_candidate() -> None:
    resolver, source, node = resolve(
        "from time import sleep\nfrom os import remove\ndef f(x):\n    if x:\n"
        "        act = sleep\n    else:\n        act = remove\n    ?act"
    )
    assert resolver.names(source, node) >= {"time.sleep", "posix.remove"}
    assert resolver.resolve(source, node) is None


def test_a_variable_of_a_module_keeps_its_name() -> None:
    resolver, source, node = resolve("import os\n?os.environ.get")
    assert "os.environ.get" in resolver.names(source, node)


def test_a_constant_has_its_value() -> None:
    resolver, source, node = resolve("from typing import Final\nURL: Final[str] = 'http://x'\n?URL")
    symbol = resolver.resolve(source, node)
    assert symbol is not None
    assert (symbol.value, symbol.origin) == ("http://x", "app.it.URL")


def test_a_thousand_assignments_are_followed() -> None:
    steps = "".join(f"p{i + 1} = p{i} / 'x'\n" for i in range(1500))
    resolver, source, node = resolve(f"from pathlib import Path\np0 = Path('a')\n{steps}?p1500")
    assert run_deep(lambda: resolver.name(source, node)) == "pathlib.Path"
