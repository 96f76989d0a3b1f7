"""The call graph and the effects of functions, in small services."""

import ast

import pytest

from conventions.facts.effects import Effect
from conventions.facts.facts import Facts
from conventions.facts.graph import Code, Runs

CORE = {
    "app/core/http/client.py": """
class HttpClient:
    async def request(self, method: str, url: str) -> str: ...
""",
    "app/core/errors.py": "class AppError(Exception): ...\nclass NotFound(AppError): ...\n",
    "app/core/jobs/registry.py": """
class Job:
    async def enqueue(self, session, payload): ...
def job(*, name: str):
    def declare(handler) -> Job: ...
    return declare
""",
}


def facts_of(text: str, **files: str) -> Facts:
    more = {f"app/features/{name}.py": content for name, content in files.items()}
    return Facts.of_texts({**CORE, "app/features/it.py": text, **more})


def code(facts: Facts, name: str) -> Code:
    source = facts.resolver.sources["app.features.it"]
    found = [one for one in source.functions() if source.qualified_name(one) == name]
    return facts.code(source, found[0])


def kinds(facts: Facts, name: str) -> set[str]:
    return {effect.kind for effect in facts.effects.of(code(facts, name))}


BLOCKING = {
    "a call": "import time\nasync def f():\n    time.sleep(1)\n",
    "an alias": "from time import sleep as pause\nasync def f():\n    pause(1)\n",
    "two modules deep": ("from app.features.one import store\nasync def f():\n    store()\n"),
    "an attribute": (
        "from pathlib import Path\nclass A:\n    def __init__(self, path: Path):\n"
        "        self._path = path\nasync def f(a: A):\n    a._path.read_text()\n"
    ),
    "an injected client": (
        "import httpx\nclass A:\n    def __init__(self, http: httpx.Client):\n"
        "        self.http = http\n    async def f(self):\n        self.http.get('u')\n"
        "async def f(a: A):\n    await a.f()\n"
    ),
    "a property": (
        "from pathlib import Path\nclass A:\n    @property\n    def text(self):\n"
        "        return Path('x').read_text()\nasync def f(a: A):\n    a.text\n"
    ),
    "a closure": ("import time\nasync def f():\n    def g():\n        time.sleep(1)\n    g()\n"),
    "a partial": (
        "import time\nfrom functools import partial\nwait = partial(time.sleep, 1)\n"
        "async def f():\n    wait()\n"
    ),
    "a function that is passed on": (
        "import time\nasync def f(xs):\n    list(map(time.sleep, xs))\n"
    ),
    "an implementation of a protocol": (
        "import time\nfrom typing import Protocol\nclass P(Protocol):\n    def g(self): ...\n"
        "class A:\n    def g(self):\n        time.sleep(1)\nasync def f(p: P):\n    p.g()\n"
    ),
    "an override": (
        "import time\nclass A:\n    def g(self): ...\nclass B(A):\n    def g(self):\n"
        "        time.sleep(1)\nasync def f(a: A):\n    a.g()\n"
    ),
    "functions that call each other": (
        "import time\ndef g(n):\n    h(n)\ndef h(n):\n    g(n)\n    time.sleep(1)\n"
        "async def f():\n    g(1)\n"
    ),
    "a context": "async def f():\n    with open('x') as file:\n        pass\n",
}
HARMLESS = {
    "a thread": "import asyncio, time\nasync def f():\n    await asyncio.to_thread(time.sleep, 1)\n",
    "a lambda in a thread": (
        "import asyncio, time\nasync def f():\n    await asyncio.to_thread(lambda: time.sleep(1))\n"
    ),
    "an executor": (
        "import asyncio, time\nasync def f():\n"
        "    await asyncio.get_running_loop().run_in_executor(None, time.sleep, 1)\n"
    ),
    "a helper that runs threads": (
        "import asyncio, time\nasync def run(work):\n    return await asyncio.to_thread(work)\n"
        "async def f():\n    await run(lambda: time.sleep(1))\n"
    ),
    "a job": (
        "import time\nfrom app.core.jobs.registry import job\n@job(name='g')\n"
        "async def g(session, payload):\n    time.sleep(1)\n"
        "async def f(s):\n    await g.enqueue(s, 1)\n"
    ),
    "a function that is not called": "import time\nasync def f():\n    def g():\n        time.sleep(1)\n",
    "an awaited sleep": "import asyncio\nasync def f():\n    await asyncio.sleep(1)\n",
}
MORE = {
    "one": "from app.features.two import write\ndef store():\n    write('x')\n",
    "two": "from pathlib import Path\ndef write(name):\n    Path(name).write_text('x')\n",
}


@pytest.mark.parametrize("name", BLOCKING)
def test_a_function_blocks_by_what_it_runs(name: str) -> None:
    assert "blocks" in kinds(facts_of(BLOCKING[name], **MORE), "f")


@pytest.mark.parametrize("name", HARMLESS)
def test_what_runs_elsewhere_does_not_block(name: str) -> None:
    assert "blocks" not in kinds(facts_of(HARMLESS[name], **MORE), "f")


def test_the_way_to_an_effect_is_named() -> None:
    facts = facts_of(BLOCKING["two modules deep"], **MORE)
    assert facts.effects.path(code(facts, "f"), Effect("blocks")) == (
        "f → store → write → pathlib.Path.write_text"
    )


def test_calls_to_other_services_have_their_method() -> None:
    text = (
        "from app.core.http.client import HttpClient\n"
        "async def f(c: HttpClient):\n    await c.request('POST', '/x')\n"
    )
    facts = facts_of(text)
    assert Effect("calls-out", "POST") in facts.effects.of(code(facts, "f"))


def test_a_caught_error_ends_where_it_is_caught() -> None:
    text = (
        "from app.core.errors import AppError, NotFound\n"
        "def g():\n    raise NotFound\n"
        "def kept():\n    try:\n        g()\n    except AppError:\n        pass\n"
        "def again():\n    try:\n        g()\n    except AppError:\n        raise\n"
        "def passed():\n    g()\n"
    )
    facts = facts_of(text)
    assert [name for name in ("kept", "again", "passed") if "raises" in kinds(facts, name)] == [
        "again",
        "passed",
    ]


def test_edges_say_where_code_runs() -> None:
    text = (
        "import asyncio\nfrom fastapi import Depends\n"
        "async def g(): ...\ndef h(): ...\nasync def dependency(): ...\n"
        "async def f(x=Depends(dependency)):\n    await g()\n    asyncio.create_task(g())\n"
        "    await asyncio.to_thread(h)\n"
    )
    facts = facts_of(text)
    edges = facts.graph.edges_from(code(facts, "f"))
    found = {(edge.callee.short_name, edge.runs) for edge in edges if edge.callee}
    assert found >= {("g", Runs.HERE), ("g", Runs.TASK), ("h", Runs.THREAD)}


def test_a_project_adds_effects_of_its_own() -> None:
    sources = facts_of("import vendor\nasync def f():\n    vendor.call()\n").resolver.sources
    facts = Facts(sources, effects={"blocks": ("vendor.*",)})
    assert kinds(facts, "f") == {"blocks"}


def test_every_name_in_the_table_is_a_pattern() -> None:
    facts = facts_of("async def f(): ...\n")
    assert facts.effects.words_of(["requests.get", "bcrypt.hashpw"]) == {
        "blocks",
        "calls-out",
        "cpu",
        "hashes",
    }


def test_a_file_of_functions_without_calls_has_no_edges() -> None:
    facts = facts_of("def f(): ...\n")
    assert isinstance(code(facts, "f").node, ast.FunctionDef)
    assert facts.graph.edges_from(code(facts, "f")) == ()
