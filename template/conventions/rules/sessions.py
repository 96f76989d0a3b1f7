"""Sessions: transactions, read sessions, and writes of whole tables."""

import ast
from collections.abc import Iterator

from conventions.facts.bindings import How
from conventions.facts.calling import own_nodes
from conventions.facts.facts import Facts
from conventions.facts.graph import Runs
from conventions.facts.members import attributes_set
from conventions.facts.statements import argument_values
from conventions.facts.symbols import Kind
from conventions.findings import Violation
from conventions.rule import rule
from conventions.service import Service
from conventions.source import Source, last_name
from conventions.statements import executed_statements, session_edges
from conventions.vocabulary import READ_ALIASES

ABOVE_CORE = ("app/accounts", "app/features", "app/integrations")
_ENGINES = {
    f"sqlalchemy.ext.asyncio.{name}"
    for name in ("AsyncSession", "async_sessionmaker", "create_async_engine")
}
_CACHES = {"functools.cache", "functools.lru_cache"}


@rule("commit-in-service")
def find_commits_in_services(service: Service) -> Iterator[Violation]:
    """Find functions that end a transaction they did not begin."""
    facts = service.facts
    for source in service.sources.under(*ABOVE_CORE):
        for call in source.calls():
            if "commits" not in facts.effects.words_of(facts.names(source, call.func)):
                continue
            method = _method_behind(facts, source, call.func)
            if isinstance(method, ast.Attribute) and not _is_opened_here(
                facts, source, method.value
            ):
                function = source.enclosing_function(call)
                name = f"`{function.name}`" if function else "The module"
                is_commit = method is call.func and method.attr == "commit"
                flush = f"{ast.unparse(method.value)}.flush"
                patch = source.replacing(method, flush) if is_commit else None
                yield source.violation(call, f"{name} did not begin this transaction", patch=patch)


def _method_behind(facts: Facts, source: Source, node: ast.expr) -> ast.expr:
    """Return the method that a variable holds, as in `finish = session.commit`."""
    if isinstance(node, ast.Name):
        for binding in facts.resolver.bindings(source).reaching(node, node.id):
            if isinstance(binding.value, ast.Attribute):
                return binding.value
    return node


def _is_opened_here(facts: Facts, source: Source, session: ast.expr) -> bool:
    """Return whether the function, or the class, opened a session or a transaction itself."""
    if isinstance(session, ast.Call):
        return facts.sessions.opens(source, session)
    if isinstance(session, ast.Name):
        bindings = facts.resolver.bindings(source).reaching(session, session.id)
        return bool(bindings) and all(
            binding.value is not None
            and (binding.how is How.ENTERED or facts.sessions.opens(source, binding.value))
            for binding in bindings
        )
    owner = source.enclosing_class(session)
    if isinstance(session, ast.Attribute) and owner:
        kept = attributes_set(source, owner).get(session.attr, [])
        opened = (one.value for one in kept if one.value is not None)
        return any(_opens(facts, source, one) for one in opened)
    return False


def _opens(facts: Facts, source: Source, node: ast.expr) -> bool:
    return any(facts.sessions.opens(source, part) for part in ast.walk(node))


@rule("session-by-hand")
def find_sessions_by_hand(service: Service) -> Iterator[Violation]:
    """Find sessions that are opened or kept besides the session of the request."""
    facts = service.facts
    endpoints = {endpoint.node for endpoint in service.routes}
    in_requests = _reached_by_requests(service)
    for source in service.sources.under(*ABOVE_CORE):
        for call in source.calls():
            function = source.enclosing_function(call)
            if function in endpoints:
                continue  # see session-not-injected
            if _makes_engine(facts, source, call):
                yield source.violation(call, "creates a second engine or session factory")
            elif facts.sessions.opens(source, call) and (
                call in in_requests or _is_second(facts, source, call)
            ):
                yield source.violation(call, "opens a session besides that of the request")
        yield from _kept_sessions(facts, source)


def _makes_engine(facts: Facts, source: Source, call: ast.Call) -> bool:
    """Return whether a call makes an engine, a session class or a factory, not a session of it."""
    found = facts.resolver.resolve_all(source, call.func)
    makers = [one for one in found if one.kind in {Kind.CLASS, Kind.FUNCTION}]
    return any(one.receiver is None and _ENGINES.intersection(one.names) for one in makers)


def _reached_by_requests(service: Service) -> set[ast.AST]:
    """Return the code that requests run in features; not generators: a stream has its session."""
    facts = service.facts
    queue = [facts.code(endpoint.source, endpoint.node) for endpoint in service.routes]
    reached, seen = set[ast.AST](), set(queue)
    while queue:
        for edge in facts.graph.edges_from(queue.pop()):
            if edge.runs in {Runs.JOB, Runs.LATER, Runs.TASK}:
                continue
            if edge.caller.source.layer == "features":
                reached.add(edge.site)
            if edge.callee and edge.callee not in seen and not _is_generator(edge.callee.node):
                seen.add(edge.callee)
                queue.append(edge.callee)
    return reached


def _is_generator(function: ast.AST) -> bool:
    marks = {last_name(one) for one in getattr(function, "decorator_list", ())}
    is_context = not marks.isdisjoint({"contextmanager", "asynccontextmanager"})
    nodes = own_nodes(function)
    return not is_context and any(isinstance(one, ast.Yield | ast.YieldFrom) for one in nodes)


def _is_second(facts: Facts, source: Source, call: ast.Call) -> bool:
    """Return whether a function that has a session opens another; a stream needs its own."""
    function = source.enclosing_function(call)
    if function is None:
        return True
    if _is_generator(function):
        return False
    parameters = [one for one in ast.walk(function.args) if isinstance(one, ast.arg)]
    return any(
        facts.sessions.is_session_symbol(symbol)
        for parameter in parameters
        for symbol in facts.resolver.instances(source, parameter.annotation)
    )


def _kept_sessions(facts: Facts, source: Source) -> Iterator[Violation]:
    """Yield the places that keep a session longer than a request."""
    for node in source.nodes(ast.Assign, ast.AnnAssign):
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        if not isinstance(target, ast.Attribute) or node.value is None:
            continue
        function = source.enclosing_function(node)
        is_initial = function is not None and function.name in {
            "__init__",
            "__aenter__",
            "__post_init__",
        }
        is_own = getattr(target.value, "id", "") == "self"
        is_session = _keeps_session(facts, source, node.value)
        is_opened = (
            function is not None
            and function.name == "__init__"
            and _opens(facts, source, node.value)
        )
        if is_session and (not (is_own and is_initial) or is_opened):
            yield source.violation(node, "keeps a session beyond its request")
    for function in source.functions():
        marks = [name for mark in function.decorator_list for name in _names(facts, source, mark)]
        if _CACHES & set(marks):
            for node in own_nodes(function):
                if (
                    isinstance(node, ast.Return)
                    and node.value
                    and _opens(facts, source, node.value)
                ):
                    yield source.violation(node, "keeps a session beyond its request")


def _keeps_session(facts: Facts, source: Source, value: ast.expr) -> bool:
    """Return whether a value is a session, opens one, or is a function that holds one."""
    if facts.sessions.is_session(source, value) or _opens(facts, source, value):
        return True
    called = value.func if isinstance(value, ast.Call) else value
    is_partial = "functools.partial" in facts.names(source, called)
    is_function = isinstance(value, ast.Lambda) or is_partial
    return is_function and bool(facts.sessions.carried(source, value))


def _names(facts: Facts, source: Source, mark: ast.expr) -> frozenset[str]:
    return facts.names(source, mark.func if isinstance(mark, ast.Call) else mark)


@rule("write-in-read-session")
def find_writes_in_read_sessions(service: Service) -> Iterator[Violation]:
    """Find routes with a read session that reach a write."""
    facts = service.facts
    for endpoint in service.routes:
        source, arguments = endpoint.source, endpoint.node.args
        kinds = {
            effect.kind
            for edge in session_edges(service, endpoint)
            for effect in facts.effects.own_effects(edge)
        }
        for argument in (*arguments.args, *arguments.kwonlyargs):
            read = facts.names(source, argument.annotation) & READ_ALIASES
            if read and argument.annotation and kinds & {"adds", "writes"}:
                module, _, other = min(read).replace("Read", "").rpartition(".")
                needed = f"from {module} import {other}"
                patch = source.replacing(argument.annotation, other, needs_import=needed)
                message = f"`{endpoint.name}` writes; use `{other}`"
                yield source.violation(argument, message, patch=patch)


@rule("write-without-where")
def find_writes_without_where(service: Service) -> Iterator[Violation]:
    """Find updates and deletes of a whole table."""
    for call, statement in executed_statements(service).items():
        of_all = len(argument_values(call)) == 1 and not statement.calls("where", "filter_by")
        is_change = statement.kind in {"update", "delete"}
        if of_all and is_change and statement.models:
            first = statement.steps[0]
            yield first.source.violation(first.call, f"{statement.kind}s every row of the table")


RULES = (
    find_commits_in_services,
    find_sessions_by_hand,
    find_writes_in_read_sessions,
    find_writes_without_where,
)
