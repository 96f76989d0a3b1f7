"""Calls to other services: no transaction and no connection waits for their responses."""

import ast
from collections.abc import Iterator

from conventions.facts.bindings import How
from conventions.facts.effects import Effect
from conventions.facts.facts import Facts
from conventions.facts.graph import Code, Edge, Runs
from conventions.findings import Violation
from conventions.rule import rule
from conventions.service import Service
from conventions.source import Source
from conventions.vocabulary import IDEMPOTENT, JOB

_FIX = "end the transaction first with `release_connection`"
_REMOTE = {"calls-out", "mails", "locks", "waits"}
_ENDS = {"commits", "releases"}
_STATEMENTS = frozenset({"reads", "writes"})
_CHANGES = frozenset({"adds", "writes"})
_READING = {"GET", "HEAD", "OPTIONS"}


@rule("connection-held-during-call")
def find_connections_held_during_calls(service: Service) -> Iterator[Violation]:
    """Find calls to other services by code whose session, job or guard holds a connection."""
    facts = service.facts
    locked = {endpoint.node for endpoint in service.routes if _locks_key(endpoint.dependencies)}
    for code in facts.coroutines():
        holder = _holder(facts, code, has_locked_key=code.node in locked)
        for edge in facts.ordered_edges(code):
            remote = _remote_effect(facts, edge)
            if remote is None:
                continue
            source, site = facts.place(edge, remote)
            if holder and remote.kind != "waits":
                yield source.violation(site, f"calls another service while {holder}")
            elif session := _open_session(facts, code, edge, _STATEMENTS):
                doing = "waits" if remote.kind == "waits" else "calls another service"
                yield source.violation(site, f"{doing} while `{session}` waits: {_FIX}")


@rule("effect-before-commit")
def find_effects_before_commit(service: Service) -> Iterator[Violation]:
    """Find mail and writing HTTP requests that are sent before the transaction is committed."""
    facts = service.facts
    for code in facts.coroutines():
        if _job_of(facts, code):
            continue  # its effects are made at least once, and its changes with its completion
        for edge in facts.ordered_edges(code):
            effects = sorted(facts.effects.of_edge(edge), key=str)
            effect = next(filter(_is_irrevocable, effects), None)
            if effect is None or edge.runs is not Runs.HERE:
                continue
            if _open_session(facts, code, edge, _CHANGES):
                source, site = facts.place(edge, effect)
                what = edge.target.label
                yield source.violation(site, f"`{what}` runs before the transaction is committed")


def _is_irrevocable(effect: Effect) -> bool:
    is_writing = effect.kind == "calls-out" and effect.detail not in _READING
    return is_writing or effect.kind in {"mails", "caches"}


def _is_open_at(facts: Facts, code: Code, use: Edge, later: Edge) -> bool:
    """Return whether a session that is used at an edge is still open at a later one."""
    block = _block_of_session(facts, code.source, use.site)
    return block is None or block in set(code.source.parents(later.site))


def _block_of_session(facts: Facts, source: Source, site: ast.AST) -> ast.AST | None:
    """Return the `with` that opened the session of a call; `None` if it came from outside."""
    for node in ast.walk(site):
        if isinstance(node, ast.Name) and facts.sessions.is_session(source, node):
            for binding in facts.resolver.bindings(source).reaching(node, node.id):
                if binding.how is How.ENTERED:
                    parents = source.parents(binding.node)
                    return next((p for p in parents if isinstance(p, ast.AsyncWith)), None)
    return None


def _locks_key(dependencies: tuple[object, ...]) -> bool:
    """Return whether one is an idempotency key without a lease."""
    return any(
        f"{type(guard).__module__}.{type(guard).__name__}" == IDEMPOTENT
        and getattr(guard, "lease", None) is None
        for guard in dependencies
    )


def _holder(facts: Facts, code: Code, *, has_locked_key: bool) -> str | None:
    """Return the declaration by which a function holds a connection from its beginning."""
    mark = _job_of(facts, code)
    if mark and not any(keyword.arg == "leased" for keyword in mark.keywords):
        return "the lock of the job holds a connection: declare it with `leased=True`"
    if has_locked_key:
        return "the idempotency key holds a connection: declare it with `lease=`"
    return None


def _job_of(facts: Facts, code: Code) -> ast.Call | None:
    """Return the decorator that declares code as a job; `None` if it is none."""
    marks = (one for one in getattr(code.node, "decorator_list", ()) if isinstance(one, ast.Call))
    return next((one for one in marks if JOB in facts.names(code.source, one.func)), None)


def _remote_effect(facts: Facts, edge: Edge) -> Effect | None:
    """Return the effect by which an edge waits for others; `None` if it does not."""
    if edge.runs is not Runs.HERE:
        return None
    effects = facts.effects.of_edge(edge)
    kinds = {effect.kind for effect in effects}
    has_session = bool(facts.sessions.carried(edge.caller.source, edge.site))
    if has_session and "releases" in kinds:
        return None
    found = [effect for effect in effects if effect.kind in _REMOTE]
    if edge.callee is not None:
        found = [effect for effect in found if effect.kind != "waits"]
    return min(found, key=str, default=None)


def _open_session(facts: Facts, code: Code, later: Edge, used_by: frozenset[str]) -> str:
    """Return the session whose transaction has such effects when an edge runs; empty if none."""
    session = _session_of_dependency(facts, code, used_by)
    for edge in facts.ordered_edges(code):
        if edge.site is later.site:
            break
        used = facts.sessions.carried(code.source, edge.site)
        is_before = can_follow(code.source, edge.site, later.site)
        if not used or not is_before or not _is_open_at(facts, code, edge, later):
            continue
        kinds = {effect.kind for effect in facts.effects.of_edge(edge)}
        if kinds & _ENDS:
            session = ""
        elif kinds & used_by:
            session = used
    return session


def _session_of_dependency(facts: Facts, code: Code, used_by: frozenset[str]) -> str:
    """Return the session of the request that a dependency of an endpoint has used before it."""
    for edge in facts.graph.edges_from(code):
        callee = edge.callee
        if edge.runs is not Runs.DEPENDENCY or callee is None or callee.source.layer == "core":
            continue
        edges = facts.ordered_edges(callee)  # without those to dependencies of its own
        kinds = {effect.kind for one in edges for effect in facts.effects.of_edge(one)}
        if kinds & used_by and not kinds & _ENDS:
            parameters = (one for one in ast.walk(callee.node) if isinstance(one, ast.arg))
            found = (p.arg for p in parameters if _is_session(facts, callee, p))
            if session := next(found, ""):
                return session
    return ""


def _is_session(facts: Facts, code: Code, parameter: ast.arg) -> bool:
    kinds = facts.resolver.instances(code.source, parameter.annotation)
    return any(map(facts.sessions.is_session_symbol, kinds))


def can_follow(source: Source, first: ast.AST, second: ast.AST) -> bool:
    """Return whether a call can run after an earlier one: not if its branch returns or differs."""
    around = {second, *source.parents(second)}
    child: ast.AST = first
    for parent in source.parents(first):
        for branch in (getattr(parent, "body", None), getattr(parent, "orelse", None)):
            if not isinstance(branch, list) or child not in branch or around & set(branch):
                continue
            owner = source.parent(parent) if isinstance(parent, ast.match_case) else parent
            is_other = isinstance(parent, ast.If | ast.match_case) and owner in around
            if is_other or isinstance(branch[-1], ast.Return | ast.Raise | ast.Continue):
                return False
        child = parent
    return True


RULES = (find_connections_held_during_calls, find_effects_before_commit)
