"""Secrets and configuration in code, stored secrets, and unsafe comparisons of secrets."""

import ast
import re
from collections.abc import Iterator
from typing import Any, get_args
from urllib.parse import urlsplit

from pydantic import SecretStr
from sqlalchemy import String

from conventions.facts.flows import SECRET_NAME
from conventions.findings import Violation
from conventions.rule import rule
from conventions.rules.models import column_violation, columns_of_models
from conventions.service import Service
from conventions.source import Source, defaults_of, last_name

_KEY_FORMATS = re.compile(
    r"\b[sr]k_(live|test)_\w{16,}|\bpdl_\w+_\w{16,}|\bre_[A-Za-z0-9]{8}_\w{16,}"
    r"|\bwhsec_[\w+/=]{20,}|\b\w+_rw_\w{16,}|\b(AKIA|ASIA)[0-9A-Z]{16}|\bgh[opsur]_\w{36}"
    r"|\bgithub_pat_\w{22,}|\bglpat-[\w-]{20}|\bxox[abeprs]-[\w-]{20,}|\bAIza[\w-]{35}"
    r"|\bSG\.[\w-]{22}\.[\w-]{43}|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]+|\bnpm_\w{36}"
    r"|\bsk-(ant-|proj-)?[\w-]{32,}|\bAC[0-9a-f]{32}\b|\bSK[0-9a-f]{32}\b|\bkey-[0-9a-f]{32}\b"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----|\b(Basic|Bearer) [\w+/-]{12,}={0,2}$"
    r"|[?&; ](api_?key|access_?token|token|password|secret|sig)=[^&\s{]{8,}"
)
_RANDOM_LOOKING = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[\w+/=.:!@#$%^&*\x00-\x1f-]{8,}")
_SECRET_HOLDER = re.compile(rf"{SECRET_NAME.pattern[:-1]}s?$|(^|_)(login|logins|hook_key)$", re.I)
_KEY_HOLDER = re.compile(r"(^|_)key$", re.IGNORECASE)
_STORED_SECRET = re.compile(r"(^|_)(api_key|password|secret|token)$")
_POSITION = re.compile(r"(^|_)(sync|page|next|cursor|continuation)_token$")
_SHORTEST_KEY = 8
_UNNAMED = (ast.Tuple, ast.List, ast.Dict, ast.IfExp, ast.BoolOp, ast.Attribute)
_SHOWING = {"examples", "example", "description"}
_WRAPPERS = {"SecretStr", "SecretBytes", "Field", "field", "encode", "Secret", "cast", "b64decode"}


@rule("hard-coded-secret")
def find_hard_coded_secrets(service: Service) -> Iterator[Violation]:
    """Find strings in the form of a key, URLs with a password, and literals with a secret name."""
    facts = service.facts
    for source in service.sources.under("app", "migrations"):
        for node, text in literals(source):
            if _KEY_FORMATS.search(text.strip()) or has_password(text):
                yield source.violation(node, "hard-coded secret")
            elif (name := _secret_name_of(source, node)) and _RANDOM_LOOKING.fullmatch(text):
                yield source.violation(node, f"hard-coded value of `{name}`")
        for call in source.calls():
            is_signing = bool(facts.names(source, call.func) & {"hmac.new", "hmac.digest"})
            for part in ast.walk(call.args[0]) if is_signing and call.args else ():
                if _is_key(part):
                    yield source.violation(part, "hard-coded key of a signature")


def _is_key(node: ast.AST) -> bool:
    """Return whether a literal is long enough for a key: no separator and no encoding."""
    value = getattr(node, "value", None)
    is_text = isinstance(node, ast.Constant) and isinstance(value, str | bytes)
    return is_text and len(value) >= _SHORTEST_KEY


def literals(source: Source) -> Iterator[tuple[ast.Constant, str]]:
    """Yield every literal text and its value, without docstrings and parts of f-strings."""
    for node in source.nodes(ast.Constant):
        parent = source.parent(node)
        if isinstance(parent, ast.Expr | ast.JoinedStr):
            continue
        if isinstance(node.value, bytes):
            yield node, node.value.decode("latin-1")
        elif isinstance(node.value, str):
            yield node, node.value


def has_password(text: str) -> bool:
    """Return whether a text is a URL with a password."""
    try:
        return "://" in text and bool(urlsplit(text).password) and "{" not in text
    except ValueError:
        return False


def _secret_name_of(source: Source, node: ast.Constant) -> str:
    """Return the secret name that a literal is assigned or passed to; empty if there is none."""
    child: ast.AST = node
    for parent in source.parents(node):
        name = _name_given_by(parent, child)
        if name is not None and _is_secret(name, node):
            return name
        ends = isinstance(parent, ast.Assign | ast.AnnAssign | ast.arguments)
        if ends or name in _SHOWING or not (name or _is_around(parent, child)):
            return ""
        child = parent
    return ""


def _name_given_by(parent: ast.AST, child: ast.AST) -> str | None:
    """Return the name of a variable, an argument, a parameter or a key for its value."""
    match parent:
        case ast.Assign(targets=[target]) | ast.AnnAssign(target=target):
            return last_name(target)
        case ast.keyword(arg=str(name)):
            return name
        case ast.Dict(keys=keys, values=values) if child in values:
            return str(getattr(keys[values.index(child)], "value", ""))
        case ast.arguments():
            return next((one.arg for one, value in defaults_of(parent) if value is child), None)
    return None


def _is_around(parent: ast.AST, child: ast.AST) -> bool:
    """Return whether the value of an expression is, or holds, that of a part."""
    if isinstance(parent, ast.Call):
        return child is parent.func or last_name(parent) in _WRAPPERS
    return isinstance(parent, _UNNAMED)


def _is_secret(name: str, node: ast.Constant) -> bool:
    is_key = isinstance(node.value, bytes) and _KEY_HOLDER.search(name)
    return bool(is_key or _SECRET_HOLDER.search(name))


@rule("plain-secret-setting")
def find_plain_secret_settings(service: Service) -> Iterator[Violation]:
    """Find settings that hold a secret as `str`, or give it a default."""
    for kind in service.settings:
        for name, field in kind.model_fields.items():
            if re.search(rf"{SECRET_NAME.pattern}|_dsn$|database_url$", name):
                kinds = set(_types_in(field.annotation))
                path, line = service.location_of(kind, name)
                if str in kinds:
                    yield Violation(path=path, line=line, message=f"`{name}` is a plain `str`")
                elif SecretStr in kinds and field.default:
                    yield Violation(path=path, line=line, message=f"`{name}` has a default")


def _types_in(annotation: Any) -> Iterator[Any]:  # noqa: ANN401 - any annotation
    yield annotation
    for part in get_args(annotation):
        yield from _types_in(part)


@rule("plain-secret")
def find_plain_secrets(service: Service) -> Iterator[Violation]:
    """Find text columns with the name of a secret."""
    for model, name, column in columns_of_models(service):
        is_secret = _STORED_SECRET.search(name) and not _POSITION.search(name)
        if isinstance(column.type, String) and is_secret:
            yield column_violation(service, model, name, "stores a secret in plain text")


RULES = (find_hard_coded_secrets, find_plain_secret_settings, find_plain_secrets)
