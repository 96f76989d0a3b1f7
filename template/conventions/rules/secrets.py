"""Secrets and configuration in code, stored secrets, and unsafe comparisons of secrets."""

import ast
import re
from collections.abc import Iterator
from typing import Any, get_args
from urllib.parse import urlsplit

from pydantic import SecretStr
from sqlalchemy import String

from conventions.findings import Patch, Violation
from conventions.names import last_name, resolve_name
from conventions.rule import rule
from conventions.facts.flows import SECRET_NAME
from conventions.rules.models import column_violation, columns_of_models
from conventions.service import Service
from conventions.source import Source

_KEY_FORMATS = re.compile(
    r"[sr]k_(live|test)_\w{16,}|pdl_\w+_\w{16,}|re_[A-Za-z0-9]{8}_\w{16,}|whsec_[\w+/=]{20,}"
    r"|\w+_rw_\w{16,}|AKIA[0-9A-Z]{16}|gh[opsu]_\w{36}|xox[abprs]-[\w-]{20,}|AIza[\w-]{35}"
    r"|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]+|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*"
)
_RANDOM_LOOKING = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[\w+/=.:!@#$%^&*-]{8,}")
_ADDRESS = re.compile(r"(https?|wss?|amqps?|mongodb|smtps?)://[\w.-]*\w[^\s#]*")
_TEXTS = re.compile(r".*\.(hexdigest|get_secret_value)$")
_STORED_SECRETS = ("api_key", "password", "secret", "token")
_DOCUMENTING = {"description", "example", "examples", "summary", "title", "openapi_examples"}


@rule("hard-coded-secret")
def find_hard_coded_secrets(service: Service) -> Iterator[Violation]:
    """Find strings in the form of a key, URLs with a password, and literals with a secret name."""
    for source in service.sources.under("app", "migrations"):
        for node, text in _string_literals(source):
            if _KEY_FORMATS.fullmatch(text.strip()) or _has_password(text):
                yield source.violation(node, "hard-coded secret")
            elif (name := _secret_name_of(source, node)) and _RANDOM_LOOKING.fullmatch(text):
                yield source.violation(node, f"hard-coded value of `{name}`")


def _string_literals(source: Source) -> Iterator[tuple[ast.Constant, str]]:
    """Yield every string literal except docstrings."""
    for node in source.nodes(ast.Constant):
        if isinstance(node.value, str) and not isinstance(source.parent(node), ast.Expr):
            yield node, node.value


def _has_password(text: str) -> bool:
    try:
        return "://" in text and bool(urlsplit(text).password) and "{" not in text
    except ValueError:
        return False


def _secret_name_of(source: Source, node: ast.Constant) -> str:
    """Return the secret name that a string is assigned or passed to; empty if there is none."""
    match source.parent(node):
        case ast.Assign(targets=[target]) | ast.AnnAssign(target=target):
            name = last_name(target)
        case ast.keyword(arg=str(name)):
            pass
        case ast.Dict(keys=keys, values=values):
            name = str(getattr(keys[values.index(node)], "value", "")) if node in values else ""
        case _:
            return ""
    return name if SECRET_NAME.search(name) else ""


@rule("plain-secret-setting")
def find_plain_secret_settings(service: Service) -> Iterator[Violation]:
    """Find settings that hold a secret as `str`, or give it a default."""
    for kind in service.settings:
        for name, field in kind.model_fields.items():
            if re.search(rf"{SECRET_NAME.pattern}|_dsn$|database_url$", name):
                kinds, (path, line) = (
                    set(_types_in(field.annotation)),
                    service.location_of(kind, name),
                )
                if str in kinds:
                    yield Violation(path=path, line=line, message=f"`{name}` is a plain `str`")
                elif SecretStr in kinds and field.default:
                    yield Violation(path=path, line=line, message=f"`{name}` has a default")


def _types_in(annotation: Any) -> Iterator[Any]:  # noqa: ANN401 - any annotation
    yield annotation
    for part in get_args(annotation):
        yield from _types_in(part)


@rule("secret-equality")
def find_secret_equalities(service: Service) -> Iterator[Violation]:
    """Find `==` and `!=` between a secret and another value."""
    for source, node in service.sources.under("app").nodes(ast.Compare):
        sides = [node.left, node.comparators[0]]
        is_equality = isinstance(node.ops[0], ast.Eq | ast.NotEq)
        is_secret = is_equality and any(_is_secret(source, side) for side in sides)
        if is_secret and not any(map(_is_fixed, sides)) and not _have_one_origin(source, *sides):
            message = f"`{ast.unparse(node)}` is open to a timing attack"
            yield source.violation(node, message, patch=_compare_safely(source, node))


def _is_secret(source: Source, node: ast.expr) -> bool:
    name = last_name(node)
    is_named = re.search(rf"^(?!is_).*({SECRET_NAME.pattern}|(^|_)signature$)", name)
    is_computed = resolve_name(source, node).startswith("hmac.") or name == "get_secret_value"
    return is_computed or (bool(is_named) and not isinstance(node, ast.Call))


def _is_fixed(node: ast.expr) -> bool:
    """Return whether an expression is a literal, a constant, or a column of a model."""
    is_column = isinstance(node, ast.Attribute) and last_name(node.value)[:1].isupper()
    return isinstance(node, ast.Constant) or last_name(node).isupper() or is_column


def _have_one_origin(source: Source, left: ast.expr, right: ast.expr) -> bool:
    """Return whether both are parts of one object, or typed at the same terminal.

    The user who repeats a password learns nothing from the time of the comparison.
    """
    if {resolve_name(source, left), resolve_name(source, right)} == {"getpass.getpass"}:
        return True
    parts = [side for side in (left, right) if isinstance(side, ast.Attribute)]
    return len({ast.unparse(part.value) for part in parts}) < len(parts)


def _compare_safely(source: Source, node: ast.Compare) -> Patch | None:
    sides = [node.left, node.comparators[0]]
    kinds = {_TEXTS.sub("str", resolve_name(source, side)) for side in sides}
    if kinds not in ({"str"}, {"bytes"}):
        return None
    ending = ".encode()" if kinds == {"str"} else ""
    text = ", ".join(f"{ast.unparse(side)}{ending}" for side in sides)
    negation = "not " if isinstance(node.ops[0], ast.NotEq) else ""
    text = f"{negation}hmac.compare_digest({text})"
    return source.replacing(node, text, needs_import="import hmac")


@rule("environment-read")
def find_environment_reads(service: Service) -> Iterator[Violation]:
    """Find reads of os.environ and os.getenv in `app/`."""
    for source, node in service.sources.under("app").nodes(ast.Attribute, ast.Name):
        if (name := source.name_of(node)) in {"os.environ", "os.environb", "os.getenv"}:
            yield source.violation(node, f"`{name}` is read outside the settings")


@rule("hard-coded-address")
def find_hard_coded_addresses(service: Service) -> Iterator[Violation]:
    """Find URLs and hosts outside settings classes and documentation."""
    settings = {(kind.__module__, kind.__name__) for kind in service.settings}
    for source in service.sources.under("app"):
        for node, text in _string_literals(source):
            kind = source.enclosing_class(node)
            given_to = _argument_names(source, node)
            is_host = given_to & {"host", "hostname"} and re.fullmatch(r"[\w-]+(\.[\w-]+)+", text)
            is_apart = given_to & _DOCUMENTING or (kind and (source.module, kind.name) in settings)
            if (is_host or _ADDRESS.fullmatch(text)) and not is_apart:
                yield source.violation(node, f"hard-coded address `{text}`")


def _argument_names(source: Source, node: ast.expr) -> set[str | None]:
    """Return the names of the arguments that contain a string, or every use of its constant."""
    match source.parent(node):
        case ast.Assign(targets=[ast.Name(id=name)]):
            loads = [one for one in source.nodes(ast.Name) if isinstance(one.ctx, ast.Load)]
            uses: list[ast.expr] = [one for one in loads if one.id == name]
        case _:
            uses = [node]
    parts = [{p.arg for p in source.parents(use) if isinstance(p, ast.keyword)} for use in uses]
    return set[str | None].intersection(*parts) if parts else set()


@rule("plain-secret")
def find_plain_secrets(service: Service) -> Iterator[Violation]:
    """Find text columns with the name of a secret."""
    for model, name, column in columns_of_models(service):
        if isinstance(column.type, String) and f"_{name}".endswith(
            tuple(f"_{s}" for s in _STORED_SECRETS)
        ):
            yield column_violation(service, model, name, "stores a secret in plain text")


RULES = (
    find_hard_coded_secrets,
    find_plain_secret_settings,
    find_secret_equalities,
    find_environment_reads,
    find_hard_coded_addresses,
    find_plain_secrets,
)
