"""Secrets and configuration that stand in the code, and secrets that are compared carelessly."""

import ast
import re
from collections.abc import Iterator
from typing import Any, get_args
from urllib.parse import urlsplit

from pydantic import SecretStr

from conventions.meaning import last_name, meaning
from conventions.rule import Found, Patch, Severity, rule
from conventions.rules.errors import SECRET_NAME
from conventions.service import Service
from conventions.source import Source

_KNOWN_FORMS = re.compile(
    r"[sr]k_(live|test)_\w{16,}|pdl_\w+_\w{16,}|re_[A-Za-z0-9]{8}_\w{16,}|whsec_[\w+/=]{20,}"
    r"|\w+_rw_\w{16,}|AKIA[0-9A-Z]{16}|gh[opsu]_\w{36}|xox[abprs]-[\w-]{20,}|AIza[\w-]{35}"
    r"|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]+|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*"
)
_MIXED = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[\w+/=.:!@#$%^&*-]{8,}")
_ADDRESS = re.compile(r"(https?|wss?|amqps?|mongodb|smtps?)://[\w.-]*\w[^\s#]*")
_TEXTS = re.compile(r".*\.(hexdigest|get_secret_value)$")
_DOCUMENTING = {"description", "example", "examples", "summary", "title", "openapi_examples"}


@rule(
    "hard-coded-secret",
    keeps="SEC-5",
    severity=Severity.CRITICAL,
    why="Whoever can read the repository, its forks and its backups has the secret, and it cannot "
    "be changed without a release.",
    fix="Revoke it. Then take it from a SecretStr field of the module's settings class, which "
    "reads it from the environment.",
    wrong='API_KEY = "sk_live_…"',
    right="settings.weather_api_key.get_secret_value()",
)
def find_hard_coded_secrets(service: Service) -> Iterator[Found]:
    """Look for texts in the form of a key, addresses with a password, and named secrets."""
    for source in service.sources.under("app", "migrations"):
        for node, text in _texts(source):
            if _KNOWN_FORMS.fullmatch(text.strip()) or _has_password(text):
                yield source.found(node, "a secret stands in the code")
            elif (name := _name_for(source, node)) and _MIXED.fullmatch(text):
                yield source.found(node, f"the value of `{name}` stands in the code")


def _texts(source: Source) -> Iterator[tuple[ast.Constant, str]]:
    """Yield every text that is no docstring."""
    for node in source.nodes(ast.Constant):
        if isinstance(node.value, str) and not isinstance(source.parent(node), ast.Expr):
            yield node, node.value


def _has_password(text: str) -> bool:
    try:
        return "://" in text and bool(urlsplit(text).password) and "{" not in text
    except ValueError:
        return False


def _name_for(source: Source, node: ast.Constant) -> str:
    """Return the secret name that a text is given to, if any."""
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


@rule(
    "plain-secret-setting",
    keeps="SEC-5",
    severity=Severity.CRITICAL,
    why="A plain string shows in every repr, traceback and log of the settings, and a default lets "
    "production start with a secret that everybody knows.",
    fix="Declare it `SecretStr | None = None`, and name it in `missing_in_production`.",
    wrong='weather_api_key: str = "changeme"',
    right="weather_api_key: SecretStr | None = None",
)
def find_plain_secret_settings(service: Service) -> Iterator[Found]:
    """Look at the fields of the settings classes that hold a secret by their names."""
    for kind in service.settings:
        for name, field in kind.model_fields.items():
            if re.search(rf"{SECRET_NAME.pattern}|_dsn$|database_url$", name):
                kinds, (path, line) = set(_kinds_in(field.annotation)), service.where(kind, name)
                if str in kinds:
                    yield Found(path=path, line=line, message=f"`{name}` is a plain string")
                elif SecretStr in kinds and field.default:
                    yield Found(path=path, line=line, message=f"`{name}` has a default")


def _kinds_in(annotation: Any) -> Iterator[Any]:  # noqa: ANN401 - whatever is annotated
    yield annotation
    for part in get_args(annotation):
        yield from _kinds_in(part)


@rule(
    "secret-equality",
    keeps="SEC-5",
    severity=Severity.CRITICAL,
    why="`==` stops at the first difference, and the time it takes tells an attacker how much of a "
    "guess was right.",
    fix="Compare with hmac.compare_digest, as bytes.",
    wrong="if given_token == expected_token:",
    right="if hmac.compare_digest(given_token.encode(), expected_token.encode()):",
)
def find_secret_equalities(service: Service) -> Iterator[Found]:
    """Look for == and != between a secret and what comes from elsewhere."""
    for source, node in service.sources.under("app").nodes(ast.Compare):
        sides = [node.left, node.comparators[0]]
        is_equality = isinstance(node.ops[0], ast.Eq | ast.NotEq)
        is_secret = is_equality and any(_is_secret(source, side) for side in sides)
        if is_secret and not any(map(_is_fixed, sides)) and not _are_of_one(*sides):
            message = f"`{ast.unparse(node)}` takes longer the more of it is right"
            yield source.found(node, message, patch=_compare_safely(source, node))


def _is_secret(source: Source, node: ast.expr) -> bool:
    name = last_name(node)
    is_named = re.search(rf"^(?!is_).*({SECRET_NAME.pattern}|(^|_)signature$)", name)
    is_computed = meaning(source, node).startswith("hmac.") or name == "get_secret_value"
    return is_computed or (bool(is_named) and not isinstance(node, ast.Call))


def _is_fixed(node: ast.expr) -> bool:
    """Return whether it is written out, a constant, or a column of a model."""
    is_column = isinstance(node, ast.Attribute) and last_name(node.value)[:1].isupper()
    return isinstance(node, ast.Constant) or last_name(node).isupper() or is_column


def _are_of_one(left: ast.expr, right: ast.expr) -> bool:
    """Return whether both are parts of one thing, such as a password that was typed twice."""
    parts = [side for side in (left, right) if isinstance(side, ast.Attribute)]
    return len({ast.unparse(part.value) for part in parts}) < len(parts)


def _compare_safely(source: Source, node: ast.Compare) -> Patch | None:
    sides = [node.left, node.comparators[0]]
    kinds = {_TEXTS.sub("str", meaning(source, side)) for side in sides}
    if kinds not in ({"str"}, {"bytes"}):
        return None
    ending = ".encode()" if kinds == {"str"} else ""
    text = ", ".join(f"{ast.unparse(side)}{ending}" for side in sides)
    negation = "not " if isinstance(node.ops[0], ast.NotEq) else ""
    text = f"{negation}hmac.compare_digest({text})"
    return source.replacing(node, text, needs_import="import hmac")


@rule(
    "environment-read",
    keeps="CODE-5",
    severity=Severity.BEST_PRACTICE,
    why="What is read where it is used is checked when that line runs, not at the start; nobody "
    "finds it in .env.example, and it has no type.",
    fix="Make it a field of the module's settings class, and take it from `settings_of(app, …)`.",
    wrong='days = int(os.environ["KEEP_DAYS"])',
    right="days = settings.keep_days",
)
def find_environment_reads(service: Service) -> Iterator[Found]:
    """Look for os.environ and os.getenv in `app/`."""
    for source, node in service.sources.under("app").nodes(ast.Attribute, ast.Name):
        if (name := source.name_of(node)) in {"os.environ", "os.environb", "os.getenv"}:
            yield source.found(node, f"`{name}` is read beside the settings")


@rule(
    "hard-coded-address",
    keeps="CODE-5",
    severity=Severity.BEST_PRACTICE,
    why="A test, a sandbox or a move of the other service needs a change of the code, and one that "
    "is forgotten calls production.",
    fix="Make it a field of the module's settings class, where a default may stand.",
    wrong='HttpClient("weather", base_url="https://api.weather.example")',
    right='HttpClient("weather", base_url=settings.weather_url)',
)
def find_hard_coded_addresses(service: Service) -> Iterator[Found]:
    """Look for addresses outside settings classes and documentation."""
    settings = {(kind.__module__, kind.__name__) for kind in service.settings}
    for source in service.sources.under("app"):
        for node, text in _texts(source):
            kind = source.enclosing_class(node)
            given_to = _given_to(source, node)
            is_host = given_to & {"host", "hostname"} and re.fullmatch(r"[\w-]+(\.[\w-]+)+", text)
            is_apart = given_to & _DOCUMENTING or (kind and (source.module, kind.name) in settings)
            if (is_host or _ADDRESS.fullmatch(text)) and not is_apart:
                yield source.found(node, f"`{text}` stands in the code")


def _given_to(source: Source, node: ast.expr) -> set[str | None]:
    """Return the names of the arguments that a text, or every use of its constant, stands in."""
    match source.parent(node):
        case ast.Assign(targets=[ast.Name(id=name)]):
            loads = [one for one in source.nodes(ast.Name) if isinstance(one.ctx, ast.Load)]
            uses: list[ast.expr] = [one for one in loads if one.id == name]
        case _:
            uses = [node]
    parts = [{p.arg for p in source.parents(use) if isinstance(p, ast.keyword)} for use in uses]
    return set[str | None].intersection(*parts) if parts else set()


RULES = (
    find_hard_coded_secrets,
    find_plain_secret_settings,
    find_secret_equalities,
    find_environment_reads,
    find_hard_coded_addresses,
)
