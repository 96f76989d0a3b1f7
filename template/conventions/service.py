"""The service as rules read it: files, tables, routes, migrations, settings.

No database and no network is needed. Everything is loaded when a rule first asks for it. Where
something cannot be loaded, `broken` says why, and whoever asks for it gets a `NotReadable`.
"""

import ast
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import ValidationError
from pydantic_settings import BaseSettings
from sqlalchemy import MetaData
from sqlalchemy.orm import Mapper

from conventions.baseline import Baseline
from conventions.configuration import Configuration
from conventions.endpoint import Endpoint, read_endpoint
from conventions.migration import Migration, read_migrations
from conventions.rule import Found
from conventions.source import Source, Sources, first_line
from conventions.suppressions import Suppression, suppressions_in
from conventions.thresholds import Thresholds
from conventions.tools import Tools

KindT = TypeVar("KindT")

FOLDERS = ("app", "devtools", "migrations", "tests")


class NotReadable(Exception):
    """What a rule asks for cannot be loaded; `Service.broken` says why."""


class Service:
    """What there is to review.

    Args:
        root: The service's folder.
        configuration: What its pyproject.toml says of the review.
        tools: The other tools, which are running already.
        baseline: What is known already.
        rules: The ids of all rules.
    """

    def __init__(
        self,
        root: Path,
        *,
        configuration: Configuration,
        tools: Tools,
        baseline: Baseline,
        rules: frozenset[str],
    ) -> None:
        self.root = root
        self.configuration = configuration
        self.baseline = baseline
        self.rules = rules
        self.broken: list[Found] = []
        self.crashed: set[str] = set()
        self.found: set[tuple[str, str, int]] = set()
        self._tools = tools
        self._failed: set[str] = set()

    @property
    def thresholds(self) -> Thresholds:
        """The numbers to compare with."""
        return self.configuration.thresholds

    @cached_property
    def sources(self) -> Sources:
        """Every file of `app/`, `devtools/`, `migrations/` and `tests/` that could be parsed."""
        modules: dict[str, Source] = {}
        for path in self._paths():
            try:
                source = Source.read(self.root, path, modules)
                modules[source.module] = source
            except SyntaxError as error:
                self._break(path, error.lineno or 1, f"this is not Python: {error.msg}")
            except ValueError as error:
                self._break(path, 1, f"this file cannot be read: {error}")
        return Sources(modules.values())

    @cached_property
    def suppressions(self) -> tuple[Suppression, ...]:
        """Every comment that accepts findings."""
        return tuple(comment for source in self.sources for comment in suppressions_in(source))

    def source(self, path: str) -> Source | None:
        """Return one file, by its path in the service or by its whole path."""
        return self._by_path.get(self.relative(path))

    def source_of(self, thing: type | Callable[..., Any]) -> Source | None:
        """Return the file that defines a class or a function; `None` for one of a library."""
        return self._by_module.get(thing.__module__)

    def relative(self, path: str) -> str:
        """Return a path as findings name it."""
        return os.path.relpath(self.root / path, self.root).replace(os.sep, "/")

    def load(self) -> None:
        """Import and put together everything, so that `broken` is complete."""
        for load in (lambda: self.sources, lambda: self.openapi, lambda: self.migrations):
            with suppress(NotReadable):
                load()

    def where(self, model: type, attribute: str | None = None) -> tuple[str, int]:
        """Return the path and the line of a class, or of what its body assigns to an attribute.

        An attribute that the class inherits is where the class is.
        """
        source = self.source_of(model)
        node = source.class_named(model.__qualname__) if source else None
        if source is None or node is None:
            return "app/main.py", 1
        return source.path, _line_of(attribute, node) or first_line(node)

    @cached_property
    def app(self) -> FastAPI:
        """What `create_app` makes under development settings, whatever the environment says."""
        self._imported  # noqa: B018 - once
        with self._loading("the service cannot be put together"), _no_environment():
            main, settings = import_module("app.main"), import_module("app.settings")
            plugged = (import_module("app.modules").MODULES, import_module("app.features").FEATURES)
            kinds = [
                settings.Settings,
                *(each.settings for each in chain(*plugged) if each.settings),
            ]
            given = {"environment": settings.Environment.DEVELOPMENT}
            return main.create_app(*(self._unconfigured(kind, given) for kind in kinds))

    @cached_property
    def routes(self) -> tuple[Endpoint, ...]:
        """Every endpoint that a file of the service defines, in the order of inclusion."""
        contexts = iter_route_contexts(self.app.routes)
        routes = [context for context in contexts if isinstance(context.original_route, APIRoute)]
        return tuple(filter(None, (read_endpoint(route, self.source) for route in routes)))

    @cached_property
    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        app = self.app
        with self._loading("the OpenAPI document cannot be made"):
            return app.openapi()

    @cached_property
    def mappers(self) -> tuple[Mapper[Any], ...]:
        """Every mapped class, in the order of their names."""
        base = self._imported.Base
        with self._loading("the models do not fit together"):
            base.registry.configure()
        return tuple(sorted(base.registry.mappers, key=_full_name))

    @cached_property
    def metadata(self) -> MetaData:
        """Every table."""
        self.mappers  # noqa: B018 - configuring them may add tables
        return self._imported.Base.metadata

    @cached_property
    def migrations(self) -> tuple[Migration, ...]:
        """Every migration, what it builds on before it."""
        with self._loading("the migrations cannot be read"):
            return tuple(read_migrations(self.root, self.source))

    @cached_property
    def settings(self) -> tuple[type[BaseSettings], ...]:
        """Every settings class that `app/` defines."""
        self._imported  # noqa: B018 - so that they are all there
        found = [kind for kind in _subclasses(BaseSettings) if self.source_of(kind)]
        return tuple(sorted(found, key=lambda kind: (kind.__module__, kind.__qualname__)))

    @property
    def ruff(self) -> list[dict[str, Any]]:
        """What `ruff check` finds."""
        return self._tools.ruff

    @property
    def pyrefly(self) -> list[dict[str, Any]]:
        """What `pyrefly check` finds."""
        return self._tools.pyrefly

    @cached_property
    def _imported(self) -> Any:  # noqa: ANN401 - a module
        """The module `app.core.db.models`, once every module of the service is imported."""
        if str(self.root) not in sys.path:
            sys.path.insert(0, str(self.root))
        with self._loading("the service cannot be imported"), _no_environment():
            import_module("app.main")
            return import_module("app.core.db.models")

    def _unconfigured(self, kind: type[BaseSettings], given: dict[str, Any]) -> BaseSettings:
        """Return settings as on a new machine; that they cannot be made is a finding."""
        try:
            return kind(_env_file=None, _secrets_dir=None, **given)
        except ValidationError as error:
            names = ", ".join(str(problem["loc"][0]).upper() for problem in error.errors())
            problem = "give them defaults that work there, and name them in required_in_production"
            self._break(*self.where(kind), f"development has to set {names}: {problem}")
            return kind.model_construct(**given)

    @cached_property
    def _by_path(self) -> dict[str, Source]:
        return {source.path: source for source in self.sources}

    @cached_property
    def _by_module(self) -> dict[str, Source]:
        return {source.module: source for source in self.sources}

    def _paths(self) -> list[str]:
        found = (path for folder in FOLDERS for path in (self.root / folder).rglob("*.py"))
        paths = sorted(path.relative_to(self.root).as_posix() for path in found if path.is_file())
        return [path for path in paths if not self.configuration.excludes(path)]

    @contextmanager
    def _loading(self, what: str) -> Iterator[None]:
        """Turn whatever is raised into a finding, where it was raised, and a `NotReadable`."""
        if what in self._failed:
            raise NotReadable(what)
        try:
            yield
        except NotReadable:
            raise
        except (Exception, SystemExit) as error:
            self._failed.add(what)
            path, line = self._place_of(error)
            self._break(path, line, f"{what}: {type(error).__name__}: {error}")
            raise NotReadable(what) from error

    def _place_of(self, error: BaseException) -> tuple[str, int]:
        trace = traceback.extract_tb(error.__traceback__)
        frames = [(frame.filename, frame.lineno) for frame in trace]
        if isinstance(error, SyntaxError) and error.filename:
            frames.append((error.filename, error.lineno))
        for filename, line in reversed(frames):
            path = self.relative(filename)
            if path.partition("/")[0] in FOLDERS:
                return path, line or 1
        return "app/main.py", 1

    def _break(self, path: str, line: int, message: str) -> None:
        if not any((found.path, found.line) == (path, line) for found in self.broken):
            self.broken.append(Found(path=path, line=line, message=" ".join(message.split())))


@contextmanager
def _no_environment() -> Iterator[None]:
    """Hide the environment variables, so that a review is the same everywhere."""
    kept = dict(os.environ)
    os.environ.clear()
    try:
        yield
    finally:
        os.environ |= kept


def _line_of(attribute: str | None, node: ast.ClassDef) -> int | None:
    for statement in node.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement]
        for target in targets:
            name = target.target if isinstance(target, ast.AnnAssign) else target
            if isinstance(name, ast.Name) and name.id == attribute:
                return statement.lineno
    return None


def _full_name(mapper: Mapper[Any]) -> str:
    return f"{mapper.class_.__module__}.{mapper.class_.__qualname__}"


def _subclasses(kind: type[KindT]) -> Iterator[type[KindT]]:
    for child in kind.__subclasses__():
        yield child
        yield from _subclasses(child)
