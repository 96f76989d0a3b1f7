"""Unsafe ways: weak tokens, TLS that verifies nothing, loaders that run code."""

import ast
import re
from collections.abc import Iterator

from conventions.facts.bindings import How
from conventions.facts.facts import Facts
from conventions.findings import Violation
from conventions.rule import rule
from conventions.service import Service
from conventions.source import Source, defaults_of

_TOKEN_NAME = re.compile(
    r"token|secret|nonce|password|passcode|otp|(^|_)pin($|_)|api_?key|session_?(key|id)|invit.*code"
    r"|code$|(^|_)key$|salt|magic|csrf",
    re.IGNORECASE,
)
_PREDICTABLE = re.compile(
    r"random\.(?!SystemRandom)\w+|random\.Random\.\w+|uuid\.uuid[135]|numpy\.random\..*"
)
_SECURE = re.compile(r"secrets\.|random\.SystemRandom\b")
_SHORT_BYTES, _FEW_VALUES = 16, 2**64
_RANDOM_BYTES = {"secrets.token_hex", "secrets.token_bytes", "secrets.token_urlsafe", "os.urandom"}
_CHOICES = re.compile(r"secrets\.randbelow|random\.SystemRandom\.(randrange|randint|getrandbits)")
_CLOCKS = re.compile(r"time\.\w*time\w*|datetime\.datetime\.(now|utcnow)")
_UNVERIFIED = {"ssl._create_unverified_context", "ssl.create_unverified_context"}
_TLS_OPTIONS = {"verify", "verify_ssl", "ssl", "check_hostname", "ssl_check_hostname"}
_NO_CHECKS = {"none", "require", "prefer", "allow", "optional", "cert_none"}
_LOADERS = re.compile(
    r"(_?pickle|cPickle|dill|cloudpickle)\.(loads?|Unpickler)|marshal\.loads?|shelve\.open"
    r"|jsonpickle\.(decode|loads)|pandas\.read_pickle|joblib\.load|torch\.load"
)
_YAML = re.compile(r"yaml\.(load|load_all|unsafe_load\w*|full_load\w*)")
_SAFE_YAML = {"yaml.SafeLoader", "yaml.CSafeLoader", "yaml.loader.SafeLoader", "yaml.BaseLoader"}
_RUNNERS = {"builtins.eval", "builtins.exec", "importlib.import_module", "builtins.__import__"}


@rule("weak-token")
def find_weak_tokens(service: Service) -> Iterator[Violation]:
    """Find tokens and codes that can be guessed: pseudo-random, made of the time, or short."""
    facts = service.facts
    for source, call, names in facts.calls():
        if not _is_for_token(source, call):
            continue
        if any(map(_PREDICTABLE.fullmatch, names)) and not any(map(_SECURE.match, names)):
            yield source.violation(call, f"`{ast.unparse(call.func)}` can be predicted")
        elif _is_short(facts, source, call, names):
            yield source.violation(call, f"`{ast.unparse(call)}` is short enough to be guessed")
        elif any(name.startswith("hashlib.") for name in names) and _hashes_time(
            facts, source, call
        ):
            yield source.violation(call, "a hash of the time can be computed by anyone")


def _is_for_token(source: Source, call: ast.Call) -> bool:
    """Return whether the name of a function, a field or a variable around a call is a token's."""
    for parent in source.parents(call):
        match parent:
            case ast.Assign(targets=[target]) | ast.AnnAssign(target=target):
                name = getattr(target, "attr", "") or getattr(target, "id", "")
                if _TOKEN_NAME.search(name):
                    return True
            case ast.keyword(arg=str(name)) if _TOKEN_NAME.search(name):
                return True
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                owner = source.parent(parent)
                owner_name = owner.name if isinstance(owner, ast.ClassDef) else ""
                return bool(_TOKEN_NAME.search(name) or re.search("Token|Secret|Key", owner_name))
    return False


def _is_short(facts: Facts, source: Source, call: ast.Call, names: frozenset[str]) -> bool:
    sizes = [one.value for arg in call.args for one in facts.resolver.resolve_all(source, arg)]
    size = max((one for one in sizes if isinstance(one, int)), default=None)
    if size is None:
        return False
    is_few_bytes = bool(names & _RANDOM_BYTES) and size < _SHORT_BYTES
    return is_few_bytes or (any(map(_CHOICES.fullmatch, names)) and size < _FEW_VALUES)


def _hashes_time(facts: Facts, source: Source, call: ast.Call) -> bool:
    parts = (one for arg in call.args for one in ast.walk(arg) if isinstance(one, ast.Call))
    return any(_CLOCKS.fullmatch(name) for part in parts for name in facts.names(source, part.func))


@rule("unverified-tls")
def find_unverified_tls(service: Service) -> Iterator[Violation]:
    """Find TLS connections that accept any certificate."""
    facts = service.facts
    for source, call, names in facts.calls():
        if names & _UNVERIFIED or _is_bare_context(call, names):
            yield source.violation(call, "accepts any certificate")
        elif option := _disabled_option(facts, source, call):
            yield source.violation(call, f"`{option}` accepts any certificate")
    for source in facts.files():
        for node in source.nodes(ast.Assign):
            target = node.targets[0]
            name = target.attr if isinstance(target, ast.Attribute) else ""
            is_off = name == "check_hostname" and _is_false(facts, source, node.value)
            names = facts.names(source, node.value)
            has_none = name == "verify_mode" and "CERT_NONE" in ast.unparse(node.value)
            if is_off or has_none or (name == "verify_mode" and "ssl.CERT_NONE" in names):
                yield source.violation(node, f"`{ast.unparse(target)}` accepts any certificate")


def _is_bare_context(call: ast.Call, names: frozenset[str]) -> bool:
    """Return whether a context is made by its class, which by default verifies nothing."""
    text = " ".join(ast.unparse(one) for one in call.args)
    return "ssl.SSLContext" in names and "PROTOCOL_TLS_CLIENT" not in text and "SERVER" not in text


def _disabled_option(facts: Facts, source: Source, call: ast.Call) -> str:
    for name, value in options_of(facts, source, call):
        if name in _TLS_OPTIONS and _is_false(facts, source, value):
            return f"{name}=False"
        constant = next((one.value for one in facts.resolver.resolve_all(source, value)), None)
        text = str(constant).lower()
        is_mode = name in {"ssl_cert_reqs", "sslmode", "ssl_mode", "ssl"}
        if is_mode and constant is not None and text in _NO_CHECKS:
            return f"{name}={constant!r}"
    return ""


def options_of(facts: Facts, source: Source, call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    """Yield the keyword arguments of a call, those of a dict that is unpacked too."""
    for keyword in call.keywords:
        if keyword.arg is not None:
            yield keyword.arg, keyword.value
            continue
        for literal in _dicts(facts, source, keyword.value):
            for key, value in zip(literal.keys, literal.values, strict=True):
                if isinstance(key, ast.Constant):
                    yield str(key.value), value


def _dicts(facts: Facts, source: Source, node: ast.expr) -> Iterator[ast.Dict]:
    if isinstance(node, ast.Dict):
        yield node
    elif isinstance(node, ast.Name):
        for binding in facts.resolver.bindings(source).reaching(node, node.id):
            if binding.how is How.ASSIGNED and isinstance(binding.value, ast.Dict):
                yield binding.value


def _is_false(facts: Facts, source: Source, node: ast.expr) -> bool:
    return any(one.value is False for one in facts.resolver.resolve_all(source, node)) or (
        _default_is_false(source, node)
    )


def _default_is_false(source: Source, node: ast.expr) -> bool:
    """Return whether a parameter is `False` unless a caller says otherwise."""
    if not isinstance(node, ast.Name):
        return False
    function = source.enclosing_function(node)
    pairs = defaults_of(function.args) if function else []
    return any(one.arg == node.id and getattr(d, "value", None) is False for one, d in pairs)


@rule("unsafe-loader")
def find_unsafe_loaders(service: Service) -> Iterator[Violation]:
    """Find loaders that run code of the data: pickle, marshal, yaml, eval, imports by name."""
    facts = service.facts
    for source in facts.files():
        for node in source.nodes(ast.Attribute, ast.Name):
            if isinstance(node.ctx, ast.Load) and not isinstance(
                source.parent(node), ast.Attribute
            ):
                names = facts.names(source, node)
                if any(map(_LOADERS.fullmatch, names)) and _is_whole(source, node):
                    yield source.violation(node, f"`{ast.unparse(node)}` runs code of the data")
        for call in source.calls():
            names = facts.names(source, call.func)
            is_yaml = any(map(_YAML.fullmatch, names)) and not _is_safe_yaml(facts, source, call)
            is_run = bool(names & _RUNNERS) and not _is_constant(facts, source, call)
            if is_yaml or is_run or _is_own_unpickler(facts, source, call):
                yield source.violation(call, f"`{ast.unparse(call.func)}` runs code of the data")


def _is_whole(source: Source, node: ast.AST) -> bool:
    parent = source.parent(node)
    return not isinstance(parent, ast.ClassDef) and not isinstance(parent, ast.arg)


def _is_own_unpickler(facts: Facts, source: Source, call: ast.Call) -> bool:
    found = facts.resolver.resolve_all(source, call.func)
    kinds = ("pickle.Unpickler", "_pickle.Unpickler", "pickle._Unpickler")
    return any(
        one.is_class and one.source and facts.resolver.is_subclass(one, *kinds) for one in found
    )


def _is_safe_yaml(facts: Facts, source: Source, call: ast.Call) -> bool:
    loaders = [*call.args[1:2], *(k.value for k in call.keywords if k.arg == "Loader")]
    names = [facts.names(source, loader) for loader in loaders]
    return bool(names) and all(one and one <= _SAFE_YAML for one in names)


def _is_constant(facts: Facts, source: Source, call: ast.Call) -> bool:
    values = [one for arg in call.args[:1] for one in facts.resolver.resolve_all(source, arg)]
    return bool(values) and all(isinstance(one.value, str) and one.value for one in values)


RULES = (find_weak_tokens, find_unverified_tls, find_unsafe_loaders)
