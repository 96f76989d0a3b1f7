"""The service as rules read it: files, tables, routes, migrations, settings.

No database and no network is needed. Each part is loaded on first use. If that fails, the error is
in `gaps`, and each use raises a `LoadError`.
"""

import ast
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
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
from conventions.facts.facts import Facts
from conventions.findings import Violation
from conventions.gaps import NOT_IMPORTED, Gaps
from conventions.migration import Migration, read_migrations
from conventions.source import Source, Sources, first_line
from conventions.suppressions import Suppression, read_suppressions
from conventions.tools import Tools

KindT = TypeVar("KindT")

FOLDERS = ("app", "devtools", "migrations", "tests")


class LoadError(Exception):
    """A part of the service cannot be loaded; `Service.gaps` says why."""


class Service:
    """The service under review.

    Args:
        root: The service's folder.
        configuration: The configuration of the review.
        tools: Ruff and pyrefly, already started.
        baseline: The accepted findings.
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
        self.gaps = Gaps()
        self.failed_rules: set[str] = set()
        self.reported: set[tuple[str, str, int]] = set()
        self._tools = tools

    @cached_property
    def sources(self) -> Sources:
        """Every file of `app/`, `devtools/`, `migrations/` and `tests/` that could be parsed."""
        modules: dict[str, Source] = {}
        for path in self._paths():
            try:
                source = Source.read(self.root, path, modules)
                modules[source.module] = source
            except SyntaxError as error:
                self.gaps.add_unread(path, error.lineno or 1, f"invalid Python: {error.msg}")
            except ValueError as error:
                self.gaps.add_unread(path, 1, f"the file cannot be read: {error}")
        return Sources(modules.values())

    @cached_property
    def facts(self) -> Facts:
        """The facts about the code: references, calls and effects."""
        modules = {source.module: source for source in self.sources}
        return Facts(modules, effects=self.configuration.effects)

    @cached_property
    def suppressions(self) -> tuple[Suppression, ...]:
        """Every comment that accepts findings."""
        return tuple(comment for source in self.sources for comment in read_suppressions(source))

    def source(self, path: str) -> Source | None:
        """Return a file by its relative or absolute path."""
        return self._by_path.get(self.relative(path))

    def source_of(self, target: type | Callable[..., Any]) -> Source | None:
        """Return the file that defines a class or a function; `None` for one of a library."""
        return self._by_module.get(target.__module__)

    def relative(self, path: str) -> str:
        """Return a path relative to the service, with `/` as separator."""
        return os.path.relpath(self.root / path, self.root).replace(os.sep, "/")

    @property
    def load_errors(self) -> list[Violation]:
        """The errors of the parts that were loaded so far."""
        return self.gaps.errors

    def load(self) -> None:
        """Load every part, so that `load_errors` is complete."""
        for load in (lambda: self.sources, lambda: self.openapi, lambda: self.migrations):
            with suppress(LoadError):
                load()

    def location_of(self, model: type, attribute: str | None = None) -> tuple[str, int]:
        """Return the path and the line of a class, or of an attribute in its body.

        An inherited attribute has the line of the class.
        """
        source = self.source_of(model)
        node = source.class_named(model.__qualname__) if source else None
        if source is None or node is None:
            return "app/main.py", 1
        return source.path, _line_of(attribute, node) or first_line(node)

    @cached_property
    def app(self) -> FastAPI:
        """The app under default development settings, independent of the environment."""
        self._imported  # noqa: B018 - imports the service
        with self._loading("the app cannot be created"), _empty_environment():
            main, settings = import_module("app.main"), import_module("app.settings")
            plugged = (import_module("app.modules").MODULES, import_module("app.features").FEATURES)
            kinds = [
                settings.Settings,
                *(each.settings for each in chain(*plugged) if each.settings),
            ]
            values = {"environment": settings.Environment.DEVELOPMENT}
            return main.create_app(*(self._development_settings(kind, values) for kind in kinds))

    @cached_property
    def routes(self) -> tuple[Endpoint, ...]:
        """Every endpoint that the service defines, in the order of the routes."""
        contexts = iter_route_contexts(self.app.routes)
        routes = [context for context in contexts if isinstance(context.original_route, APIRoute)]
        return tuple(filter(None, (read_endpoint(route, self.source) for route in routes)))

    @cached_property
    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        app = self.app
        with self._loading("the OpenAPI document cannot be generated"):
            return app.openapi()

    @cached_property
    def mappers(self) -> tuple[Mapper[Any], ...]:
        """Every mapped class, sorted by name."""
        base = self._imported.Base
        with self._loading("the models cannot be configured"):
            base.registry.configure()
        return tuple(sorted(base.registry.mappers, key=_full_name))

    @cached_property
    def metadata(self) -> MetaData:
        """Every table."""
        self.mappers  # noqa: B018 - configuring them may add tables
        return self._imported.Base.metadata

    @cached_property
    def migrations(self) -> tuple[Migration, ...]:
        """Every migration, each after those that it depends on."""
        with self._loading("the migrations cannot be read"):
            return tuple(read_migrations(self.root, self.source))

    @cached_property
    def settings(self) -> tuple[type[BaseSettings], ...]:
        """Every settings class that `app/` defines."""
        self._imported  # noqa: B018 - defines the subclasses
        kinds = [kind for kind in _subclasses(BaseSettings) if self.source_of(kind)]
        return tuple(sorted(kinds, key=lambda kind: (kind.__module__, kind.__qualname__)))

    @property
    def ruff(self) -> list[dict[str, Any]]:
        """The findings of `ruff check`."""
        return self._tools.ruff

    @property
    def pyrefly(self) -> list[dict[str, Any]]:
        """The findings of `pyrefly check`."""
        return self._tools.pyrefly

    def squawk(self, files: Mapping[str, str]) -> list[dict[str, Any]]:
        """Return the findings of squawk about SQL, given by the name of its file."""
        return self._tools.squawk(files)

    @cached_property
    def _imported(self) -> Any:  # noqa: ANN401 - a module
        """The module `app.core.db.models`, after the whole service was imported."""
        if str(self.root) not in sys.path:
            sys.path.insert(0, str(self.root))
        with self._loading(NOT_IMPORTED), _empty_environment():
            import_module("app.main")
            return import_module("app.core.db.models")

    def _development_settings(
        self, kind: type[BaseSettings], values: dict[str, Any]
    ) -> BaseSettings:
        """Return the default settings; settings without defaults are reported."""
        try:
            return kind(_env_file=None, _secrets_dir=None, **values)
        except ValidationError as error:
            names = ", ".join(str(problem["loc"][0]).upper() for problem in error.errors())
            problem = "add defaults for development, and list them in required_in_production"
            self.gaps.add_error(
                *self.location_of(kind), f"{names} must be set in development: {problem}"
            )
            return kind.model_construct(**values)

    @cached_property
    def _by_path(self) -> dict[str, Source]:
        return {source.path: source for source in self.sources}

    @cached_property
    def _by_module(self) -> dict[str, Source]:
        return {source.module: source for source in self.sources}

    def _paths(self) -> list[str]:
        files = (path for folder in FOLDERS for path in (self.root / folder).rglob("*.py"))
        paths = sorted(path.relative_to(self.root).as_posix() for path in files if path.is_file())
        return [path for path in paths if not self.configuration.excludes(path)]

    @contextmanager
    def _loading(self, problem: str) -> Iterator[None]:
        """Turn an exception into a `LoadError` and a violation at the place that raised it."""
        if self.gaps.has(problem):
            raise LoadError(problem)
        try:
            yield
        except LoadError:
            raise
        except (Exception, SystemExit) as error:
            self.gaps.add_failed(problem, self._location_of(error), error)
            raise LoadError(problem) from error

    def _location_of(self, error: BaseException) -> tuple[str, int]:
        trace = traceback.extract_tb(error.__traceback__)
        frames = [(frame.filename, frame.lineno) for frame in trace]
        if isinstance(error, SyntaxError) and error.filename:
            frames.append((error.filename, error.lineno))
        for filename, line in reversed(frames):
            path = self.relative(filename)
            if path.partition("/")[0] in FOLDERS:
                return path, line or 1
        return "app/main.py", 1


@contextmanager
def _empty_environment() -> Iterator[None]:
    """Hide the environment variables, so that reviews are reproducible."""
    saved = dict(os.environ)
    os.environ.clear()
    try:
        yield
    finally:
        os.environ |= saved


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
