"""Configuration in code: addresses, paths, mailboxes and names of one environment."""

import ast
import re
from collections.abc import Iterator

from conventions.facts.facts import Facts
from conventions.findings import Violation
from conventions.rule import rule
from conventions.rules.secrets import has_password, literals
from conventions.service import Service
from conventions.source import Source, defaults_of, last_name

_SCHEMES = r"[a-z][a-z0-9]{1,15}(\+\w+)?"
_ADDRESS = re.compile(rf"({_SCHEMES})://[\w.-]*\w[^\s#]*")
_HOST = re.compile(
    r"[\w-]+(\.[\w-]+)*\.(internal|local|lan|corp|intranet|com|net|org|io|dev|example)"
)
_PRIVATE_IP = re.compile(r"(10\.\d+|192\.168|172\.(1[6-9]|2\d|3[01]))\.\d+\.\d+(:\d+)?(/.*)?")
_FOLDER = re.compile(r"(/(mnt|srv|data|home|opt|var|Users|media|nfs)/[\w./-]+|[A-Z]:\\.+)")
_MAILBOX = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
_ENVIRONMENT_PART = re.compile(r"(^|[-_.])(prod|production|staging|live)($|[-_.])")
_HOST_NAMES = {"host", "hostname", "server", "broker"}
_MAIL_NAMES = {"to", "cc", "bcc", "sender", "from_", "reply_to", "recipient", "recipients"}
_STORES = {"bucket", "bucket_name", "queue", "topic", "container", "database", "index", "stream"}
_DOCUMENTING = {"description", "example", "examples", "summary", "title", "openapi_examples"}
_DOCUMENTING |= {"json_schema_extra", "terms_of_service", "externalDocs"}
_NAMESPACE = re.compile(
    r"(^|_)(ns|nsmap|xmlns|namespaces?|schema|profile|spec)(_|$)", re.IGNORECASE
)
_ENVIRONMENTS = {"production", "prod", "staging", "development", "dev", "live"}


@rule("environment-read")
def find_environment_reads(service: Service) -> Iterator[Violation]:
    """Find reads of os.environ and os.getenv in `app/`."""
    facts = service.facts
    for source, node in service.sources.under("app").nodes(ast.Attribute, ast.Name):
        is_part = isinstance(source.parent(node), ast.Attribute) and "environ" not in ast.unparse(
            node
        )
        if isinstance(node.ctx, ast.Load) and not is_part:
            found = facts.names(source, node) & {"os.environ", "os.environb", "os.getenv"}
            if found:
                yield source.violation(node, f"`{min(found)}` is read outside the settings")


@rule("hard-coded-address")
def find_hard_coded_addresses(service: Service) -> Iterator[Violation]:
    """Find URLs, hosts, folders and mailboxes outside settings classes and documentation."""
    facts = service.facts
    settings = {(kind.__module__, kind.__name__) for kind in service.settings}
    for source in service.sources.under("app"):
        for node, text in literals(source):
            kind = source.enclosing_class(node)
            if kind and (source.module, kind.name) in settings:
                continue
            if (what := _configuration_in(source, node, text)) and not _is_apart(source, node):
                yield source.violation(node, f"hard-coded {what} `{text}`")
        yield from _built_addresses(facts, source)
        yield from _branches_by_environment(source)


def _configuration_in(source: Source, node: ast.Constant, text: str) -> str:
    """Return the kind of configuration that a literal is; empty if it is none."""
    names = _names_of(source, node)
    is_host = _HOST.fullmatch(text) or re.fullmatch(r"[\w-]+(\.[\w-]+)+", text)
    kinds = {
        "": has_password(text),  # see hard-coded-secret
        "address": _ADDRESS.fullmatch(text) or _PRIVATE_IP.fullmatch(text),
        "host": names & _HOST_NAMES and is_host,
        "folder": _FOLDER.fullmatch(text) and _is_path(source, node),
        "mailbox": _MAILBOX.fullmatch(text) and names & _MAIL_NAMES,
        "name of an environment": names & _STORES and _ENVIRONMENT_PART.search(text),
    }
    return next((kind for kind, applies in kinds.items() if applies), "")


def _names_of(source: Source, node: ast.AST) -> set[str]:
    """Return the names of the argument, the parameter, the key or the variable of a literal."""
    names: set[str] = set()
    child = node
    for parent in source.parents(node):
        match parent:
            case ast.keyword(arg=str(name)):
                names.add(name)
            case ast.Assign(targets=[target]) | ast.AnnAssign(target=target):
                names.add((getattr(target, "attr", "") or getattr(target, "id", "")).lower())
                return names
            case ast.Dict(keys=keys, values=values) if child in values:
                names.add(str(getattr(keys[values.index(child)], "value", "")))
            case ast.arguments():
                return names | {one.arg for one, value in defaults_of(parent) if value is child}
            case ast.stmt():
                return names
        child = parent
    return names


def _is_path(source: Source, node: ast.AST) -> bool:
    """Return whether a text is given to `Path` or to a function that opens files."""
    parent = source.parent(node)
    name = ast.unparse(parent.func) if isinstance(parent, ast.Call) else ""
    return name.rpartition(".")[2] in {
        "Path",
        "PurePath",
        "open",
        "PurePosixPath",
        "join",
        "StaticFiles",
    }


def _is_apart(source: Source, node: ast.AST) -> bool:
    """Return whether a literal documents something, or names an XML namespace."""
    names = _names_of(source, node)
    if names & _DOCUMENTING or any(map(_NAMESPACE.search, names)):
        return True
    parent = source.parent(node)
    if isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Name):
        name = parent.targets[0].id
        uses = [n for n in source.nodes(ast.Name) if n.id == name and isinstance(n.ctx, ast.Load)]
        return bool(uses) and all(
            _names_of(source, use) & _DOCUMENTING or _is_namespace(source, use) for use in uses
        )
    return False


def _is_namespace(source: Source, use: ast.Name) -> bool:
    """Return whether a text is the namespace of an XML name: `{namespace}name`."""
    part = source.parent(use)
    whole = source.parent(part) if part else None
    if not isinstance(whole, ast.JoinedStr):
        return any("namespace" in last_name(one) for one in source.parents(use))
    values = whole.values
    index = next(number for number, one in enumerate(values) if one is part)
    before, after = values[index - 1 : index], values[index + 1 : index + 2]
    texts = [str(getattr(one, "value", "")) for one in (*before, *after)]
    is_clark = len(texts) == len("{}") and texts[0].endswith("{") and texts[1].startswith("}")
    return is_clark or (not before and bool(after) and texts[0].startswith(" "))


def _built_addresses(facts: Facts, source: Source) -> Iterator[Violation]:
    """Yield URLs that are formatted from a literal host."""
    for node in source.nodes(ast.JoinedStr):
        text = "".join(_text_of(facts, source, part) for part in node.values)
        first = node.values[0] if node.values else None
        is_url = isinstance(first, ast.Constant) and re.match(rf"({_SCHEMES})://", str(first.value))
        has_host = "\0" not in text.partition("://")[2].partition("/")[0]
        if is_url and has_host and _ADDRESS.match(text) and not _is_apart(source, node):
            shown = text.replace("\0", "…")
            yield source.violation(node, f"hard-coded address `{shown}`")


def _text_of(facts: Facts, source: Source, part: ast.expr) -> str:
    if isinstance(part, ast.Constant):
        return str(part.value)
    inner = part.value if isinstance(part, ast.FormattedValue) else part
    found = facts.resolver.resolve_all(source, inner)
    return next((one.value for one in found if isinstance(one.value, str) and one.value), "\0")


def _branches_by_environment(source: Source) -> Iterator[Violation]:
    """Yield the conditions that ask for an environment by name."""
    if not source.path.startswith("app/features"):
        return
    for node in source.nodes(ast.Compare):
        name = (getattr(node.left, "attr", "") or getattr(node.left, "id", "")).lower()
        value = getattr(node.comparators[0], "value", None)
        if name in {"environment", "env", "stage"} and value in _ENVIRONMENTS:
            yield source.violation(node, f"the code depends on the environment {value!r}")


RULES = (find_environment_reads, find_hard_coded_addresses)
