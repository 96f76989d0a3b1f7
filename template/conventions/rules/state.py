"""State of the process: defaults frozen at import, state and caches that grow, clients per request."""

import ast
import re
from collections.abc import Iterator

from conventions.facts.bindings import How
from conventions.facts.facts import Facts
from conventions.facts.members import attributes_set
from conventions.findings import Violation
from conventions.rule import rule
from conventions.service import Service
from conventions.source import Source, last_name

_MOMENTS = re.compile(
    r"datetime\.(datetime|date)\.(now|utcnow|today)|time\.(time|monotonic|perf_counter)(_ns)?"
    r"|uuid\.uuid[14678]|uuid_utils\.\w+|secrets\.token_\w+|random\.\w+|.*\.uuid7"
)
_FACTORIES = {"default_factory", "default", "onupdate", "insert_default", "server_default"}
_GROWING = {"builtins.dict", "builtins.list", "builtins.set", "collections.defaultdict"}
_GROWING |= {"collections.Counter", "collections.OrderedDict", "collections.deque"}
_ADDING = {"append", "add", "update", "setdefault", "extend", "insert", "appendleft", "move_to_end"}
_REMOVING = {"pop", "popitem", "popleft", "clear", "remove", "discard"}
_QUEUES = re.compile(r"(asyncio|queue|multiprocessing)\.(queues\.)?(Lifo|Priority|Simple)?Queue")
_CLIENTS = (
    "httpx2.AsyncClient",
    "httpx.AsyncClient",
    "redis.asyncio.Redis",
    "aiohttp.ClientSession",
)
_CLIENTS += ("app.core.http.client.HttpClient", "asyncpg.Pool")
_CACHES = {"functools.cache", "functools.lru_cache"}
_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_FOLDERS = ("app/features", "app/accounts", "app/integrations")


@rule("frozen-default")
def find_frozen_defaults(service: Service) -> Iterator[Violation]:
    """Find times, ids and tokens that are made once, at import, as a default of every call or row."""
    facts = service.facts
    for source in facts.files(*_FOLDERS):
        for call in source.calls():
            if _runs_at_import(source, call) and _is_default(source, call):
                if _is_moment(facts, source, call):
                    message = (
                        f"`{ast.unparse(call)}` is evaluated once, when the module is imported"
                    )
                    yield source.violation(call, message)


def _is_moment(facts: Facts, source: Source, call: ast.Call) -> bool:
    """Return whether a call returns another value each time, through a function of the service too."""
    if any(map(_MOMENTS.fullmatch, facts.names(source, call.func))):
        return True
    for symbol in facts.resolver.resolve_all(source, call.func):
        if symbol.source and isinstance(symbol.node, _FUNCTIONS):
            code = facts.code(symbol.source, symbol.node)
            edges = facts.graph.edges_from(code)
            if any(_MOMENTS.fullmatch(name) for edge in edges for name in edge.target.names):
                return True
    return False


def _runs_at_import(source: Source, node: ast.AST) -> bool:
    """Return whether an expression is in a class body, or a default of a function's parameter."""
    child = node
    for parent in source.parents(node):
        if isinstance(parent, ast.Lambda) and child is parent.body:
            return False
        if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef):
            return isinstance(child, ast.arguments)
        if isinstance(parent, ast.ClassDef):
            return True
        child = parent
    return False


def _is_default(source: Source, call: ast.Call) -> bool:
    """Return whether a call is not itself an argument of another call that is made at import."""
    for parent in source.parents(call):
        if isinstance(parent, ast.Call) and call is not parent.func:
            kinds = {keyword.arg for keyword in parent.keywords if _holds(keyword.value, call)}
            return bool(kinds & _FACTORIES) or last_name(parent) in {"Field", "field", "Default"}
        if isinstance(parent, ast.stmt | ast.arguments):
            return True
    return False


def _holds(outer: ast.AST, inner: ast.AST) -> bool:
    return any(part is inner for part in ast.walk(outer))


@rule("shared-module-state")
def find_shared_module_state(service: Service) -> Iterator[Violation]:
    """Find variables of modules and classes that functions change."""
    facts = service.facts
    for source in facts.files("app/features"):
        for node in source.nodes(ast.Global):
            function = source.enclosing_function(node)
            for part in ast.walk(function) if function else ():
                if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                    if part.id in node.names:
                        yield source.violation(part, f"every request shares `{part.id}`")
        for function in source.functions():
            arguments = function.args
            for default in (*arguments.defaults, *arguments.kw_defaults):
                if isinstance(default, ast.List | ast.Dict | ast.Set):
                    yield source.violation(default, "all calls share this default")
        yield from _changed_variables(facts, source)


def _changed_variables(facts: Facts, source: Source) -> Iterator[Violation]:
    """Yield the dicts, lists and counters of the module, or of a class, that functions change."""
    for scope in (source.tree, *source.nodes(ast.ClassDef)):
        for statement in scope.body:
            if not isinstance(statement, ast.Assign | ast.AnnAssign) or statement.value is None:
                continue
            target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
            if not isinstance(target, ast.Name) or not _grows(facts, source, statement.value):
                continue
            files = facts.files("app/features") if scope is source.tree else (source,)
            if any(_is_changed(facts, source, each, target.id, scope) for each in files):
                yield source.violation(statement, f"every request shares `{target.id}`")


def _grows(facts: Facts, source: Source, value: ast.expr) -> bool:
    is_literal = isinstance(value, ast.Dict | ast.List | ast.Set)
    found = facts.resolver.resolve_all(source, value)
    is_made = isinstance(value, ast.Call) and any(one.name in _GROWING for one in found)
    is_empty = (
        not any(ast.iter_child_nodes(value))
        or isinstance(value, ast.Call)
        or (isinstance(value, ast.Dict | ast.List | ast.Set) and not list(ast.walk(value))[2:])
    )
    return (is_literal or is_made) and is_empty


def _is_changed(facts: Facts, home: Source, source: Source, name: str, scope: ast.AST) -> bool:
    """Return whether a function adds to a variable of a module, or of a class through `self`."""
    for node in source.nodes(ast.Name, ast.Attribute):
        if last_name(node) != name or source.enclosing_function(node) is None:
            continue
        if isinstance(scope, ast.Module):
            origins = facts.names(source, node)
            if f"{home.module}.{name}" not in origins:
                continue
        elif getattr(getattr(node, "value", None), "id", "") not in {"self", "cls", scope.name}:  # pyrefly: ignore
            continue
        if _is_change(source, node):
            return True
    return False


def _is_change(source: Source, node: ast.AST) -> bool:
    parent = source.parent(node)
    match parent:
        case ast.Subscript(value=value):
            is_stored = isinstance(parent.ctx, ast.Store | ast.Del)
            outer = source.parent(parent)
            is_counted = isinstance(outer, ast.AugAssign) and outer.target is parent
            attribute = isinstance(outer, ast.Attribute)
            return value is node and (is_stored or is_counted or attribute)
        case ast.Attribute(attr=name):
            return name in _ADDING
    return False


@rule("unbounded-cache")
def find_unbounded_caches(service: Service) -> Iterator[Violation]:
    """Find caches without a limit: `cache`, and dicts of objects that live as long as the process."""
    facts = service.facts
    for source in facts.files(*_FOLDERS):
        for function in source.functions():
            takes = [one for one in ast.walk(function.args) if isinstance(one, ast.arg)]
            takes = [one for one in takes if one.arg not in {"self", "cls"}]
            for mark in function.decorator_list if takes else ():
                if _is_endless_cache(facts, source, mark):
                    yield source.violation(
                        function, f"`{function.name}` keeps every result for good"
                    )
        for kind in source.nodes(ast.ClassDef):
            yield from _growing_attributes(facts, source, kind)
        for function in source.functions():
            yield from _growing_closures(facts, source, function)


def _is_endless_cache(facts: Facts, source: Source, mark: ast.expr) -> bool:
    called = mark.func if isinstance(mark, ast.Call) else mark
    names = facts.names(source, called)
    if "functools.cache" in names:
        return True
    size = [*mark.args, *(k.value for k in mark.keywords)] if isinstance(mark, ast.Call) else []
    return bool(names & _CACHES) and bool(size) and facts.is_none(source, size[0])


def _growing_attributes(facts: Facts, source: Source, kind: ast.ClassDef) -> Iterator[Violation]:
    """Yield the places that add to a dict of an object by key, where nothing removes an entry."""
    methods = {getattr(one, "attr", "") for one in ast.walk(kind) if isinstance(one, ast.Attribute)}
    for name, bindings in attributes_set(source, kind).items():
        made = [one.value for one in bindings if one.value is not None]
        if not any(_grows(facts, source, value) for value in made):
            continue
        text = f"self.{name}"
        uses = [one for one in ast.walk(kind) if isinstance(one, ast.Attribute)]
        uses = [one for one in uses if ast.unparse(one) == text]
        parents = [source.parent(one) for one in uses]
        removes = any(isinstance(p, ast.Attribute) and p.attr in _REMOVING for p in parents)
        removes |= any(isinstance(p, ast.Subscript) and isinstance(p.ctx, ast.Del) for p in parents)
        removes |= any(
            "len(" + text in ast.unparse(n) for n in ast.walk(kind) if isinstance(n, ast.Compare)
        )
        for use in uses if not removes and methods else ():
            parent = source.parent(use)
            is_keyed = isinstance(parent, ast.Subscript) and isinstance(parent.ctx, ast.Store)
            function = source.enclosing_function(use)
            is_later = function is not None and function.name != "__init__"
            if is_keyed and is_later and _lives_long(facts, source, kind):
                yield source.violation(parent, f"`{text}` grows as long as the process runs")


def _lives_long(facts: Facts, source: Source, kind: ast.ClassDef) -> bool:
    """Return whether an instance is kept by a module, or provided to all requests."""
    name = f"{source.module}.{kind.name}"
    for each in facts.files("app/features", "app/integrations"):
        for call in each.calls():
            if name in facts.names(each, call.func):
                function = each.enclosing_function(call)
                is_provided = any(
                    isinstance(p, ast.Call) and last_name(p) == "provide"
                    for p in each.parents(call)
                )
                if function is None or is_provided:
                    return True
    return any(
        last_name(call) == "get" and name in facts.names(each, call.args[0])
        for each in facts.files("app/features")
        for call in each.calls()
        if call.args
    )


def _growing_closures(
    facts: Facts, source: Source, function: ast.FunctionDef | ast.AsyncFunctionDef
) -> Iterator[Violation]:
    """Yield the places where a nested function adds to a dict of the function around it."""
    outer = source.enclosing_function(function)
    if outer is None:
        return
    for node in ast.walk(function):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            name = node.value
            if isinstance(name, ast.Name):
                bindings = facts.resolver.bindings(source).reaching(name, name.id)
                values = [one.value for one in bindings if one.how is How.ASSIGNED]
                homes = {source.enclosing_function(one.node) for one in bindings}
                is_outer = homes == {outer} and any(
                    value is not None and _grows(facts, source, value) for value in values
                )
                text = ast.unparse(outer)
                if is_outer and not any(f"{name.id}.{one}(" in text for one in _REMOVING):
                    yield source.violation(node, f"`{name.id}` keeps every result for good")


@rule("unbounded-queue")
def find_unbounded_queues(service: Service) -> Iterator[Violation]:
    """Find queues without a maximum size."""
    facts = service.facts
    for source in facts.files(*_FOLDERS):
        for node in source.nodes(ast.Call):
            names = facts.names(source, node.func)
            if any(map(_QUEUES.fullmatch, names)) and not _has_size(facts, source, node):
                yield source.violation(node, "has no maximum size")


def _has_size(facts: Facts, source: Source, call: ast.Call) -> bool:
    sizes = [*call.args, *(one.value for one in call.keywords if one.arg == "maxsize")]
    values = [one.value for size in sizes for one in facts.resolver.resolve_all(source, size)]
    numbers = [one for one in values if isinstance(one, int)]
    return bool(sizes) and (not numbers or all(one > 0 for one in numbers))


@rule("client-per-request")
def find_clients_per_request(service: Service) -> Iterator[Violation]:
    """Find clients that a request opens and closes, with a connection of their own."""
    facts = service.facts
    for source in facts.files("app/features"):
        if source.path.endswith("/module.py"):
            continue
        for call in source.calls():
            function = source.enclosing_function(call)
            found = facts.resolver.resolve_all(source, call)
            is_client = any(
                facts.resolver.is_subclass(one, *_CLIENTS) and one.is_object for one in found
            )
            makes = any(one.is_class for one in facts.resolver.resolve_all(source, call.func)) or (
                last_name(call) == "from_url"
            )
            if function and is_client and makes and _is_used_at_once(source, call):
                yield source.violation(call, "opens a client for one request")


def _is_used_at_once(source: Source, call: ast.Call) -> bool:
    """Return whether a client is opened in a `with`, or returned by a property."""
    function = source.enclosing_function(call)
    parent = source.parent(call)
    if isinstance(parent, ast.withitem):
        return (
            not any(isinstance(one, ast.Yield) for one in ast.walk(function)) if function else False
        )
    marks = {last_name(one) for one in function.decorator_list} if function else set()
    return isinstance(parent, ast.Return) and "property" in marks


RULES = (
    find_frozen_defaults,
    find_shared_module_state,
    find_unbounded_caches,
    find_unbounded_queues,
    find_clients_per_request,
)
