"""Cookies without the flags that keep them from scripts, other sites and open networks."""

import ast
import re
from collections.abc import Iterator

from conventions.facts.facts import Facts
from conventions.facts.symbols import Kind
from conventions.findings import Violation
from conventions.rule import rule
from conventions.service import Service
from conventions.source import Source, constants_in

_SET_COOKIE = "starlette.responses.Response.set_cookie"
_READ_BY_SCRIPTS = re.compile(r"csrf|xsrf|theme|lang|locale|consent", re.IGNORECASE)
_ORDER = ("key", "value", "max_age", "expires", "path", "domain", "secure", "httponly", "samesite")
_OFF = (False, 0, None)
_FLAGS = ("httponly", "secure")


@rule("weak-cookie")
def find_weak_cookies(service: Service) -> Iterator[Violation]:
    """Find cookies without HttpOnly or Secure, and with SameSite=None."""
    facts = service.facts
    for source, call, names in facts.calls():
        problem = ""
        if _SET_COOKIE in names:
            problem = _problem_of_flags(facts, source, call, is_complete=True)
        elif _SET_COOKIE in facts.names(source, next(iter(call.args), None)):
            problem = _problem_of_flags(facts, source, call, is_complete=False)  # a partial
        elif _writes_header(call):
            problem = _problem_of_text(source, call)
        if problem:
            yield source.violation(call, f"the cookie {problem}")


def _problem_of_flags(facts: Facts, source: Source, call: ast.Call, *, is_complete: bool) -> str:
    given, is_known = _options(facts, source, call, is_complete=is_complete)
    if "key" in given and _READ_BY_SCRIPTS.search(ast.unparse(given["key"])):
        return ""
    before, is_all_known = _made_by_partial(facts, source, call)
    for flag in _FLAGS:
        is_missing = flag not in given and flag not in before
        if is_missing and is_known and is_all_known and is_complete:
            return f"has no {flag}"
        if flag in given and _is(facts, source, given[flag], *_OFF):
            return f"has no {flag}"
    is_shared = "samesite" in given and _is(facts, source, given["samesite"], "none", None)
    return "is sent with the requests of other sites" if is_shared else ""


def _made_by_partial(
    facts: Facts, source: Source, call: ast.Call
) -> tuple[dict[str, ast.expr], bool]:
    made = facts.resolver.value_behind(source, call.func)
    if isinstance(made, ast.Call):
        return _options(facts, source, made, is_complete=False)
    return {}, True


def _options(
    facts: Facts, source: Source, call: ast.Call, *, is_complete: bool
) -> tuple[dict[str, ast.expr], bool]:
    """Return the arguments of a call by name, and whether all of them are known."""
    given = dict(zip(_ORDER, call.args if is_complete else call.args[1:], strict=False))
    is_known = True
    for one in call.keywords:
        if one.arg:
            given[one.arg] = one.value
            continue
        options = facts.resolver.value_behind(source, one.value)
        is_known = is_known and isinstance(options, ast.Dict)
        if isinstance(options, ast.Dict):
            pairs = zip(options.keys, options.values, strict=True)
            given |= {
                str(key.value): value for key, value in pairs if isinstance(key, ast.Constant)
            }
        elif isinstance(options, ast.Call):
            given |= {each.arg: each.value for each in options.keywords if each.arg}
            is_known = True
    return given, is_known


def _is(facts: Facts, source: Source, node: ast.expr, *values: object) -> bool:
    """Return whether an expression is one of some constants in any case."""
    known = facts.resolver.resolve_all(source, node)
    is_known = bool(known) and all(one.kind is Kind.VALUE for one in known)
    return is_known and all(_lower(one.value) in values for one in known)


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _writes_header(call: ast.Call) -> bool:
    return bool(call.args) and "set-cookie" in map(_lower, constants_in(call.args[0]))


def _problem_of_text(source: Source, call: ast.Call) -> str:
    is_literal = isinstance(call.args[-1], ast.Constant)
    function = source.enclosing_function(call) or source.tree
    text = ast.unparse(call if is_literal else function).lower()
    return next((f"has no {flag}" for flag in _FLAGS if flag not in text), "")


RULES = (find_weak_cookies,)
