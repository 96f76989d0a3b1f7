"""Retries: with an end, and only of what may happen twice."""

import ast
from collections.abc import Iterator

from conventions.facts.effects import Effect
from conventions.facts.facts import Facts, is_program
from conventions.facts.graph import Code, Runs
from conventions.findings import Violation
from conventions.rule import rule
from conventions.rules.unsafe import options_of
from conventions.service import Service
from conventions.source import Source, last_name
from conventions.vocabulary import JOB

_RETRYING = {"stamina.retry", "stamina.retry_context", "tenacity.retry", "backoff.on_exception"}
_RETRY = "app.core.jobs.registry.Retry"
_LIMITS = ("timeout", "deadline", "fail_after", "move_on_after", "timeout_at")
_FOLDERS = ("app/features",)


@rule("endless-retry")
def find_endless_retries(service: Service) -> Iterator[Violation]:
    """Find retries without an end: loops, recursion, and jobs that are always put off."""
    facts = service.facts
    for source in facts.files(*_FOLDERS):
        if is_program(source):
            continue
        for node in source.nodes(ast.While, ast.For):
            if _is_endless(facts, source, node) and not _has_deadline(source, node):
                yield source.violation(node, "retries without an end")
        for call in source.calls():
            if facts.names(source, call.func) & _RETRYING and _is_unlimited(facts, source, call):
                yield source.violation(source.parent(call) or call, "retries without an end")
        yield from _retries_in_handlers(facts, source)


def _is_endless(facts: Facts, source: Source, loop: ast.While | ast.For) -> bool:
    if isinstance(loop, ast.For):
        names = facts.names(source, getattr(loop.iter, "func", None))
        return "itertools.count" in names and _retries(loop)
    if isinstance(loop.test, ast.Constant) and loop.test.value:
        return _retries(loop)
    is_polling = any(isinstance(one, ast.Await) for one in ast.walk(loop.test))
    sleeps = any(last_name(one) == "sleep" for one in ast.walk(loop) if isinstance(one, ast.Call))
    leaves = any(isinstance(one, ast.Raise | ast.Break | ast.Return) for one in ast.walk(loop))
    return is_polling and sleeps and not leaves


def _retries(loop: ast.AST) -> bool:
    """Return whether a loop returns what works, and goes on after any error."""
    for node in ast.walk(loop):
        if isinstance(node, ast.Try):
            body = [part for one in [*node.body, *node.orelse] for part in ast.walk(one)]
            handlers = [part for one in node.handlers for part in ast.walk(one)]
            succeeds = any(isinstance(one, ast.Return | ast.Break) for one in body)
            succeeds |= any(
                isinstance(one, ast.Return | ast.Break)
                for one in ast.walk(loop)
                if one not in handlers
            )
            gives_up = any(isinstance(one, ast.Raise | ast.Return | ast.Break) for one in handlers)
            sends = any(isinstance(one, ast.Yield) for one in handlers)  # as a heartbeat
            if node.handlers and succeeds and not (gives_up or sends):
                return True
    return False


def _has_deadline(source: Source, node: ast.AST) -> bool:
    for parent in (node, *source.parents(node)):
        if isinstance(parent, ast.With | ast.AsyncWith):
            texts = [ast.unparse(item.context_expr) for item in parent.items]
            if any(limit in text for text in texts for limit in _LIMITS):
                return True
    return False


def _is_unlimited(facts: Facts, source: Source, call: ast.Call) -> bool:
    options = dict(options_of(facts, source, call))
    limits = [options.get(name) for name in ("attempts", "timeout")]
    return all(limit is not None and facts.is_none(source, limit) for limit in limits)


def _retries_in_handlers(facts: Facts, source: Source) -> Iterator[Violation]:
    for handler in source.nodes(ast.ExceptHandler):
        function = source.enclosing_function(handler)
        for part in (one for statement in handler.body for one in ast.walk(statement)):
            if isinstance(part, ast.Call) and function and last_name(part) == function.name:
                yield source.violation(part, f"`{function.name}` calls itself until it works")
            raised = part.exc if isinstance(part, ast.Raise) else None
            if _RETRY in facts.names(source, getattr(raised, "func", raised)):
                yield source.violation(part, "puts the job off without an end")


@rule("unsafe-retry")
def find_unsafe_retries(service: Service) -> Iterator[Violation]:
    """Find retries of calls that another service may carry out twice."""
    facts = service.facts
    unkeyed = {Effect("unkeyed", method) for method in ("POST", "PATCH")}
    for code in facts.graph.codes(*_FOLDERS):
        marks = getattr(code.node, "decorator_list", ())
        is_retried = any(_is_retried(facts, code.source, one) for one in marks)
        if is_retried and any(effect in facts.effects.of(code) for effect in unkeyed):
            message = f"`{code.short_name}` is repeated without a key"
            yield code.source.violation(code.node, message)
        for edge in facts.graph.edges_from(code):
            is_unkeyed = bool(facts.effects.of_edge(edge) & unkeyed) and edge.runs is Runs.HERE
            if is_unkeyed and _is_repeated(facts, code.source, edge.site):
                yield code.source.violation(edge.site, "is repeated without a key")


def _is_repeated(facts: Facts, source: Source, site: ast.AST) -> bool:
    """Return whether a call is in the loop of a retry, or asks for one."""
    loops = (one for one in source.parents(site) if isinstance(one, ast.For | ast.AsyncFor))
    asks = isinstance(site, ast.Call) and _asks_for_retry(facts, source, site)
    return asks or any(_is_retried(facts, source, one.iter) for one in loops)


def _is_retried(facts: Facts, source: Source, node: ast.expr) -> bool:
    called = node.func if isinstance(node, ast.Call) else node
    names = facts.names(source, called)
    if names & _RETRYING:
        return True
    values = [node.id] if isinstance(node, ast.Name) else []
    for name in values:
        for binding in facts.resolver.bindings(source).reaching(node, name):
            if isinstance(binding.value, ast.Call):
                return _is_retried(facts, source, binding.value)
    return False


def _asks_for_retry(facts: Facts, source: Source, call: ast.Call) -> bool:
    if any(
        name == "retry" and getattr(value, "value", None) is True
        for name, value in options_of(facts, source, call)
    ):
        return True
    made = facts.resolver.value_behind(source, call.func)
    return made is not None and "retry=True" in ast.unparse(made)


@rule("effect-without-key")
def find_effects_without_key(service: Service) -> Iterator[Violation]:
    """Find effects of jobs, which run at least once, that another service may carry out twice."""
    facts = service.facts
    for code in facts.graph.codes(*_FOLDERS):
        if not _is_job(facts, code):
            continue
        for edge in facts.graph.edges_from(code):
            effects = facts.effects.of_edge(edge)
            if any(one.kind == "unkeyed" for one in effects) and edge.runs is Runs.HERE:
                yield code.source.violation(edge.site, "may be carried out twice: send a key along")


def _is_job(facts: Facts, code: Code) -> bool:
    marks = (one for one in getattr(code.node, "decorator_list", ()) if isinstance(one, ast.Call))
    return any(JOB in facts.names(code.source, one.func) for one in marks)


RULES = (find_endless_retries, find_unsafe_retries, find_effects_without_key)
