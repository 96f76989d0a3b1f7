"""State of the process: defaults that are frozen at import, and variables that requests share."""

import ast
import re
from collections.abc import Iterator

from conventions.facts.facts import Facts
from conventions.findings import Violation
from conventions.rule import rule
from conventions.service import Service
from conventions.source import Source, last_name

GROWING = {"builtins.dict", "builtins.list", "builtins.set", "collections.defaultdict"}
GROWING |= {"collections.Counter", "collections.OrderedDict", "collections.deque"}
ADDING = {"append", "add", "update", "setdefault", "extend", "insert", "appendleft", "move_to_end"}
_TIMES = re.compile(
    r"datetime\.(datetime|date)\.(now|utcnow|today)|time\.(time|monotonic|perf_counter)(_ns)?"
)
_UNIQUE = re.compile(r"uuid\.uuid[14678]|uuid_utils\.\w+|secrets\.token_\w+|random\.\w+|.*\.uuid7")
_DEFAULTS = {"default_factory", "default", "onupdate", "insert_default", "server_default"}
_FIELDS = {"Field", "field", "Default"}
_CACHES = {"functools.cache", "functools.lru_cache"}
_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_FOLDERS = ("app/features", "app/accounts", "app/integrations")


@rule("frozen-default")
def find_frozen_defaults(service: Service) -> Iterator[Violation]:
    """Find times, ids and tokens that are made once, at import, where each use needs one."""
    facts = service.facts
    for source in facts.files(*_FOLDERS):
        for call in source.calls():
            if _runs_at_import(source, call) and _is_frozen(facts, source, call):
                message = f"`{ast.unparse(call)}` is evaluated once, when the module is imported"
                yield source.violation(call, message)
        for function in source.functions():
            caches = any(facts.names(source, one) & _CACHES for one in function.decorator_list)
            if caches and not _takes_values(function) and _calls(facts, source, function, _TIMES):
                yield source.violation(
                    function, f"`{function.name}` keeps the first moment for good"
                )


def _is_frozen(facts: Facts, source: Source, call: ast.Call) -> bool:
    if _is_default(source, call):
        return _makes(facts, source, call, _TIMES) or _makes(facts, source, call, _UNIQUE)
    return _is_moment(facts, source, call) and _is_computed_with(source, call)


def _is_moment(facts: Facts, source: Source, call: ast.Call) -> bool:
    return any(map(_TIMES.fullmatch, facts.names(source, call.func)))


def _makes(facts: Facts, source: Source, call: ast.Call, kinds: re.Pattern[str]) -> bool:
    """Return whether a call makes such a value, itself or by a function of the service."""
    if any(map(kinds.fullmatch, facts.names(source, call.func))):
        return True
    found = facts.resolver.resolve_all(source, call.func)
    return any(
        _calls(facts, one.source, one.node, kinds)
        for one in found
        if one.source and isinstance(one.node, _FUNCTIONS)
    )


def _calls(facts: Facts, source: Source, function: ast.AST, kinds: re.Pattern[str]) -> bool:
    """Return whether a function makes such a value, or one that it calls in turn."""
    code = facts.code(source, function)
    edges = [*facts.graph.edges_from(code), *facts.graph.reachable(code)]
    return any(kinds.fullmatch(name) for edge in edges for name in edge.target.names)


def _takes_values(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    parameters = [one.arg for one in ast.walk(function.args) if isinstance(one, ast.arg)]
    return any(name not in {"self", "cls"} for name in parameters)


def _runs_at_import(source: Source, node: ast.AST) -> bool:
    """Return whether an expression stands in a module or class, or is a function's default."""
    child = node
    for parent in source.parents(node):
        if isinstance(parent, ast.Lambda) and child is parent.body:
            return False
        if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef):
            return isinstance(child, ast.arguments)
        child = parent
    return True


def _is_default(source: Source, call: ast.Call) -> bool:
    """Return whether a call's value, or what its methods return, is a default."""
    child: ast.AST = call
    for parent in source.parents(call):
        if isinstance(parent, ast.Call) and child is not parent.func:
            keyword = getattr(child, "arg", None) if isinstance(child, ast.keyword) else None
            return keyword in _DEFAULTS or last_name(parent) in _FIELDS
        if isinstance(parent, ast.arguments):
            return True
        if isinstance(parent, ast.stmt):
            return isinstance(source.parent(parent), ast.ClassDef)
        child = parent
    return False


def _is_computed_with(source: Source, call: ast.Call) -> bool:
    """Return whether a moment becomes another, or an argument, as the time of a start does not."""
    kinds = (ast.BinOp, ast.Call)
    parents = [one for one in source.parents(call) if isinstance(one, ast.expr)]
    return any(isinstance(one, kinds) and last_name(one) != "ContextVar" for one in parents)


@rule("shared-module-state")
def find_shared_module_state(service: Service) -> Iterator[Violation]:
    """Find variables of modules and classes that functions change."""
    facts = service.facts
    for source in facts.files("app/features"):
        for function in source.functions():
            for default in (*function.args.defaults, *function.args.kw_defaults):
                if isinstance(default, ast.List | ast.Dict | ast.Set):
                    yield source.violation(default, "all calls share this default")
        for scope in (source.tree, *source.nodes(ast.ClassDef)):
            for statement, name in _variables_of(scope):
                if _is_shared(facts, source, scope, statement, name):
                    yield source.violation(statement, f"every request shares `{name}`")


def _variables_of(
    scope: ast.Module | ast.ClassDef,
) -> Iterator[tuple[ast.Assign | ast.AnnAssign, str]]:
    for statement in scope.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            yield from ((statement, one.id) for one in targets if isinstance(one, ast.Name))


def _is_shared(
    facts: Facts,
    source: Source,
    scope: ast.Module | ast.ClassDef,
    statement: ast.Assign | ast.AnnAssign,
    name: str,
) -> bool:
    """Return whether a function changes a variable, or what it holds."""
    if _is_set_anew(source, scope, name):
        return True
    if not statement.value or not grows(facts, source, statement.value):
        return False
    files = facts.files("app/features") if isinstance(scope, ast.Module) else (source,)
    return any(
        _is_change(each, use) for each in files for use in _uses(facts, source, scope, name, each)
    )


def _is_set_anew(source: Source, scope: ast.Module | ast.ClassDef, name: str) -> bool:
    """Return whether a function assigns to a global variable, or to an attribute of a class."""
    if isinstance(scope, ast.Module):
        functions = [
            source.enclosing_function(one) for one in source.nodes(ast.Global) if name in one.names
        ]
        parts = [part for one in functions if one for part in ast.walk(one)]
        return any(
            isinstance(one, ast.Name) and one.id == name and _is_stored(one) for one in parts
        )
    attributes = [one for one in ast.walk(scope) if isinstance(one, ast.Attribute)]
    return any(
        one.attr == name and _is_stored(one) and getattr(one.value, "id", "") in {"cls", scope.name}
        for one in attributes
    )


def _is_stored(node: ast.Name | ast.Attribute | ast.Subscript) -> bool:
    return isinstance(node.ctx, ast.Store | ast.Del)


def grows(facts: Facts, source: Source, value: ast.expr) -> bool:
    """Return whether an expression makes a container to which entries can be added."""
    if isinstance(value, ast.Dict | ast.List | ast.Set):
        return True
    found = facts.resolver.resolve_all(source, value)
    return isinstance(value, ast.Call) and any(one.name in GROWING for one in found)


def _uses(
    facts: Facts, home: Source, scope: ast.Module | ast.ClassDef, name: str, source: Source
) -> Iterator[ast.AST]:
    """Yield the places in functions where a variable of a module, or of a class, is read."""
    for node in source.nodes(ast.Name, ast.Attribute):
        if last_name(node) != name or source.enclosing_function(node) is None:
            continue
        if isinstance(scope, ast.ClassDef):
            owner = getattr(getattr(node, "value", None), "id", "")
            is_own = owner == scope.name or source.enclosing_class(node) is scope
            if is_own and owner in {"self", "cls", scope.name}:
                yield node
        elif f"{home.module}.{name}" in facts.names(source, node):
            yield node


def _is_change(source: Source, node: ast.AST) -> bool:
    """Return whether an entry of a container is added, removed or changed where it is read."""
    parent = source.parent(node)
    if isinstance(parent, ast.Attribute):
        return parent.attr in ADDING
    if not isinstance(parent, ast.Subscript) or parent.value is not node:
        return False
    outer = source.parent(parent)
    if isinstance(outer, ast.Attribute):
        return _is_stored(outer)
    return _is_stored(parent) and not is_registration(source, parent)


def is_registration(source: Source, entry: ast.Subscript) -> bool:
    """Return whether an entry is a function that is registered by a decorator: it is returned."""
    statement, function = source.parent(entry), source.enclosing_function(entry)
    stored = statement.value if isinstance(statement, ast.Assign) else None
    returned = [one.value for one in ast.walk(function or entry) if isinstance(one, ast.Return)]
    names = {one.id for one in returned if isinstance(one, ast.Name)}
    return isinstance(stored, ast.Name) and stored.id in names


RULES = (find_frozen_defaults, find_shared_module_state)
