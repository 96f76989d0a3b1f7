"""Fields of requests and responses: owners, columns that clients must not set, leaks."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pkgutil import resolve_name

from pydantic import BaseModel
from pydantic.alias_generators import to_snake

from conventions.annotations import field_violation, models_in_annotation
from conventions.endpoint import Endpoint
from conventions.facts.facts import Facts
from conventions.facts.symbols import Symbol
from conventions.facts.taint import Identifiers
from conventions.facts.trace import Trace
from conventions.findings import Violation
from conventions.rule import rule
from conventions.rules.protection import checks_signature, requires_role
from conventions.service import Service
from conventions.source import Source, constants_in, last_name
from conventions.vocabulary import OWNED

_SERVER_FIELDS = re.compile(
    r"id|role|version|balance(_\w+)?|(created|updated|verified)_at|is_.*|.*_hash|owner_id|user_id"
)
_SECRET = re.compile(
    r"(.*_)?(password|secret|private_key|api_key|signing_key|authorization|seed|salt"
    r"|hashed_(password|secret|token|key|pin|code)"
    r"|(password|secret|token|key|pin|code)_(hash|digest))"
)
_SHOWN_ONCE = re.compile(r"(.*_)?(secret|api_key|signing_key|token)")
_ROW = "sqlalchemy.orm.DeclarativeBase"
_AS_DICT = "dataclasses.asdict"
_ACTOR = re.compile(
    r"(approved|confirmed|created|deleted|granted|published|rejected|reviewed|signed|updated)_by(_id)?"
)
_OWNER_NAMES = {"owner_id", "user_id"}
_ABOVE_CORE = ("app/accounts", "app/features", "app/integrations")


@rule("user-from-body")
def find_users_from_requests(service: Service) -> Iterator[Violation]:
    """Find owners of rows that a body, a query, a header or a cookie names, not the token."""
    facts = service.facts
    owners = Identifiers(facts.graph)
    trusted_nodes = {one.node for one in service.routes if _is_trusted(service, one)}
    trusted = _trusted_models(service)
    found: dict[ast.AST, Violation] = {}
    for source, call, names in facts.calls(*_ABOVE_CORE):
        arguments = {*_owner_arguments(facts, source, call, names)}
        actors = {*_actor_arguments(facts, source, call)}
        for node in arguments | actors:
            origin = owners.origin(source, node)
            if not origin or owners.start is None:
                continue
            home, start = owners.start
            kind = home.enclosing_class(start)
            function = home.enclosing_function(start)
            name = f"{home.module}.{home.qualified_name(kind)}" if kind else ""
            if node in actors or (function not in trusted_nodes and name not in trusted):
                message = f"`{origin}` lets a caller act as any user"
                found.setdefault(start, home.violation(start, message))
    yield from found.values()
    yield from _named_users(service)


def _named_users(service: Service) -> Iterator[Violation]:
    """Yield the fields of bodies with a name that the team lists as one of a user."""
    ids = service.configuration.words_for("user-ids")
    for endpoint in service.routes if ids else ():
        for param in () if requires_role(endpoint) else endpoint.dependant.body_params:
            for kind in models_in_annotation(param.field_info.annotation):
                for name in sorted(kind.model_fields.keys() & ids):
                    problem = f"lets callers of {endpoint.name} act as any user"
                    yield field_violation(service, kind, name, problem)


def _owner_arguments(
    facts: Facts, source: Source, call: ast.Call, names: frozenset[str]
) -> Iterator[ast.expr]:
    """Yield the arguments that say whose rows are read or written."""
    if f"{OWNED}.limit_to_owner" in names:
        yield from call.args[1:2]
    if f"{OWNED}.owned_by" in names:
        yield from call.args[:1]
    is_row = any(
        one.is_class and facts.resolver.is_subclass(one, _ROW, f"{OWNED}.Owned")
        for one in facts.resolver.resolve_all(source, call.func)
    )
    if is_row:
        yield from (one.value for one in call.keywords if one.arg == "owner_id")
    for node in (part for arg in call.args for part in ast.walk(arg)):
        if isinstance(node, ast.Compare) and getattr(node.left, "attr", "") in _OWNER_NAMES:
            yield from node.comparators[:1]


def _actor_arguments(facts: Facts, source: Source, call: ast.Call) -> Iterator[ast.expr]:
    """Yield the arguments that say who did it, which an administrator may not choose either."""
    is_values = last_name(call) == "values"
    found = facts.resolver.resolve_all(source, call.func)
    if is_values or any(one.is_class and facts.resolver.is_subclass(one, _ROW) for one in found):
        yield from (o.value for o in call.keywords if o.arg and _ACTOR.fullmatch(o.arg))


def _is_trusted(service: Service, endpoint: Endpoint) -> bool:
    """Return whether requests come from administrators, or are signed by the service."""
    return requires_role(endpoint) or checks_signature(service, endpoint)


def _trusted_models(service: Service) -> set[str]:
    """Return the names of the models that only trusted requests hold."""
    names: dict[str, list[bool]] = {}
    for endpoint in service.routes:
        for param in (*endpoint.dependant.body_params, *endpoint.dependant.query_params):
            for kind in models_in_annotation(param.field_info.annotation):
                names.setdefault(_full_name(kind), []).append(_is_trusted(service, endpoint))
    return {name for name, roles in names.items() if all(roles)}


def _full_name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


class _Copies(Trace):
    """All fields of a request at once; the value that is found names those that no client may set.

    Args:
        facts: The facts.
        trusted: The names of models that only administrators send.
        words: Names of fields that clients must not set, beside the known ones.
    """

    def __init__(self, facts: Facts, trusted: set[str], words: frozenset[str]) -> None:
        super().__init__(facts.graph)
        self._trusted = trusted
        self._words = words

    def starts_at(self, source: Source, node: ast.expr) -> str:
        match node:
            case ast.Call(func=ast.Attribute(value=value, attr="model_dump"), keywords=options):
                limits = {one.arg: one.value for one in options}
                if "include" in limits:
                    return ""
                excluded = constants_in(limits["exclude"]) if "exclude" in limits else set()
                return self._forbidden(source, value, excluded)
            case ast.Call(func=ast.Name(id="dict" | "vars"), args=[value]):
                return self._forbidden(source, value, set())
            case ast.Call(args=[value]) if _AS_DICT in self.resolver.names(source, node.func):
                return self._made_of(source, value)
            case ast.Attribute(value=value, attr="model_fields_set" | "__dict__"):
                return self._forbidden(source, value, set())
        return ""

    def stops_at(self, source: Source, node: ast.expr) -> bool:  # noqa: ARG002 - of any type
        return False

    def starts_at_parameter(
        self, source: Source, parameter: ast.arg, *, is_called: bool
    ) -> str | None:
        declared = self.resolver.instances(source, parameter.annotation)
        is_dict = any(one.name in {"builtins.dict", "collections.abc.Mapping"} for one in declared)
        return None if is_called else ("any field" if is_dict else "")

    def _made_of(self, source: Source, node: ast.expr) -> str:
        """Return the fields of a dataclass that no client may set, made of those of a request."""
        names: set[str] = set()
        for symbol in self.resolver.resolve_all(source, node):
            for edge in self.graph.constructions(symbol.node) if symbol.node else ():
                names |= {
                    name
                    for name, value in _given(symbol.node, edge.site)
                    if isinstance(value, ast.Attribute)
                    and _SERVER_FIELDS.fullmatch(name)
                    and self._forbidden(edge.caller.source, value.value, set())
                }
        return ", ".join(sorted(names))

    def _forbidden(self, source: Source, node: ast.expr, excluded: set[object]) -> str:
        names: set[str] = set()
        for symbol in self.resolver.resolve_all(source, node):
            kind = _model_of(symbol)
            if kind is not None and _full_name(kind) not in self._trusted:
                named = {name for name in kind.model_fields if _SERVER_FIELDS.fullmatch(name)}
                fields = named | (self._words & kind.model_fields.keys())
                is_open = kind.model_config.get("extra") == "allow"
                names |= fields - excluded | ({"any field"} if is_open else set())
        return ", ".join(sorted(names))


def _given(declaration: ast.AST | None, site: ast.expr) -> list[tuple[str, ast.expr]]:
    """Return the arguments of a call that makes a dataclass, each with its field."""
    body = getattr(declaration, "body", ())
    declared = [last_name(one.target) for one in body if isinstance(one, ast.AnnAssign)]
    if not isinstance(site, ast.Call):
        return []
    by_name = [(one.arg, one.value) for one in site.keywords if one.arg]
    return [*zip(declared, site.args, strict=False), *by_name]


@cache
def _class_named(name: str) -> object:
    try:
        return resolve_name(name)
    except (ImportError, AttributeError, ValueError):
        return None


def _model_of(symbol: Symbol) -> type[BaseModel] | None:
    found = _class_named(symbol.name) if symbol.is_object and symbol.source else None
    return found if isinstance(found, type) and issubclass(found, BaseModel) else None


@rule("mass-assignment")
def find_mass_assignments(service: Service) -> Iterator[Violation]:
    """Find rows that copy all fields of a request, including ones that clients must not set."""
    facts = service.facts
    words = service.configuration.words_for("server-fields")
    copies = _Copies(facts, _trusted_models(service), words)
    for source, call, names in facts.calls(*_ABOVE_CORE):
        for node in _copied(facts, source, call, names):
            if fields := copies.origin(source, node):
                home, place = copies.place or (source, call)
                yield home.violation(place, f"the row copies {fields} from the request")
                break


def _copied(
    facts: Facts, source: Source, call: ast.Call, names: frozenset[str]
) -> Iterator[ast.expr]:
    """Yield the expressions whose fields are all copied to a row."""
    unpacked = [one.value for one in call.keywords if one.arg is None]
    found = facts.resolver.resolve_all(source, call.func)
    if any(one.is_class and facts.resolver.is_subclass(one, _ROW) for one in found):
        yield from unpacked
    if any(name.startswith("sqlalchemy.") and name.endswith(".values") for name in names):
        yield from (*unpacked, *call.args)
    if "builtins.setattr" in names and len(call.args) > 1:
        yield call.args[1]


@rule("leaking-answer")
def find_leaking_answers(service: Service) -> Iterator[Violation]:
    """Find responses with a password, a hash or a key."""
    columns = {column.key for mapper in service.mappers for column in mapper.columns}
    for endpoint in service.routes:
        for kind in models_in_annotation(endpoint.response_model):
            for name, field in kind.model_fields.items():
                shown = {name, to_snake(field.serialization_alias or field.alias or name)}
                leaks = any(map(_SECRET.fullmatch, shown)) or name == "token"
                is_new = "POST" in endpoint.methods or name == "token"
                is_shown_once = is_new and _SHOWN_ONCE.fullmatch(name) and name not in columns
                if leaks and not is_shown_once and field.annotation is not bool:
                    yield field_violation(service, kind, name, f"is returned by {endpoint.name}")
            for name in kind.model_computed_fields:
                if _SECRET.fullmatch(name):
                    yield _computed_violation(service, kind, name, endpoint.name)


def _computed_violation(
    service: Service, kind: type[BaseModel], name: str, endpoint: str
) -> Violation:
    path, line = service.location_of(kind)
    source = service.source(path)
    for node in source.functions() if source else ():
        if (
            node.name == name
            and source
            and getattr(source.parent(node), "name", "") == kind.__name__
        ):
            line = min([node.lineno, *(mark.lineno for mark in node.decorator_list)])
    return Violation(
        path=path, line=line, message=f"{kind.__name__}.{name} is returned by {endpoint}"
    )


RULES = (find_users_from_requests, find_mass_assignments, find_leaking_answers)
