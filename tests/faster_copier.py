"""Copier without the work that it repeats: half of the time of a test that renders a service."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType

import jinja2
import pytest


@contextmanager
def faster_copier() -> Iterator[None]:
    """Compile each template once, and do not ask git about each file.

    Copier compiles every segment of every path as a template, mostly the same few. For every file
    it runs `git config core.fileMode`, and does nothing unless that is `false`; no test sets it.
    """
    compile_source = jinja2.Environment.compile
    compiled: dict[tuple[str, str | None, bool], CodeType] = {}

    def compile_once(
        environment: jinja2.Environment,
        source: str,
        name: str | None = None,
        filename: str | None = None,
    ) -> CodeType:
        key = (source, name, environment.sandboxed)
        if key not in compiled:
            compiled[key] = compile_source(environment, source, name, filename)
        return compiled[key]

    def do_nothing(*_: object) -> None:
        pass

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jinja2.Environment, "compile", compile_once)
        patch.setattr("copier._main.Worker._sync_git_index_executable_bit", do_nothing)
        yield
