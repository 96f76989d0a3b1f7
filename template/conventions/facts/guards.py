"""Checks that make a value harmless: allowed values, whole matches, and functions that refuse."""

import ast
from collections.abc import Iterator

from conventions.facts.bindings import leaves
from conventions.facts.resolver import Resolver
from conventions.source import Source, last_name

_CHECKS = {"fullmatch", "is_relative_to", "isidentifier", "isalnum", "isdigit", "isdecimal"}
_CHECKS |= {"isalpha", "is_global", "is_private", "compare_digest"}
_PARSING = {"urlsplit", "urlparse", "ip_address", "URL"}
_COMPARISONS = (ast.In, ast.NotIn, ast.Eq, ast.NotEq, ast.Is, ast.IsNot)


def is_checked(resolver: Resolver, source: Source, node: ast.AST) -> bool:
    """Return whether code before an expression makes sure that it has one of some values."""
    if not isinstance(node, ast.Name | ast.Attribute):
        return False
    texts = {ast.unparse(node), *_derived(source, node)}
    child: ast.AST = node
    for parent in source.parents(node):
        if any(_is_condition(source, parent, child, text) for text in texts):
            return True
        before = _before(parent, child)
        if any(_refuses(resolver, source, one, text) for one in before for text in texts):
            return True
        if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            return False
        child = parent
    return False


def _derived(source: Source, node: ast.expr) -> Iterator[str]:
    """Yield the variables that are parsed from a value: `parts` of `parts = urlsplit(address)`."""
    text = ast.unparse(node)
    function = source.enclosing_function(node)
    for statement in ast.walk(function) if function else ():
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=parse, args=[given])):
                if ast.unparse(given) == text and last_name(parse) in _PARSING:
                    yield name


def _is_condition(source: Source, parent: ast.AST, child: ast.AST, text: str) -> bool:
    """Return whether a branch is taken for some values only."""
    match parent:
        case ast.If(test=test) | ast.IfExp(test=test):
            return child is not test and _tests(test, text)
        case ast.match_case(pattern=pattern, body=body) if child in body:
            subject = getattr(source.parent(parent), "subject", None)
            return subject is not None and ast.unparse(subject) == text and _is_literal(pattern)
    return False


def _before(parent: ast.AST, child: ast.AST) -> list[ast.stmt]:
    """Return the statements of a block that come before one of them."""
    blocks = [getattr(parent, name, None) for name in ("body", "orelse", "finalbody")]
    around = (one for one in blocks if isinstance(one, list) and child in one)
    return [one for block in around for one in block[: block.index(child)]]


def _refuses(resolver: Resolver, source: Source, statement: ast.AST, text: str) -> bool:
    """Return whether a statement leaves the function unless a value is allowed."""
    match statement:
        case ast.If(test=test, body=body) if leaves(body):
            return _tests(test, text)
        case ast.Assert(test=test):
            return _tests(test, text)
        case (
            ast.Expr(value=ast.Call() as call) | ast.Expr(value=ast.Await(value=ast.Call() as call))
        ):
            is_given = any(ast.unparse(one) == text for one in call.args)
            return is_given and any(
                any(isinstance(part, ast.Raise) for part in ast.walk(symbol.node))
                for symbol in resolver.resolve_all(source, call.func)
                if symbol.source is not None and symbol.node is not None
            )
    return False


def _tests(test: ast.AST, text: str) -> bool:
    """Return whether a condition compares a value with allowed ones, or matches it as a whole."""
    for node in ast.walk(test):
        match node:
            case ast.Compare(left=left, ops=[operator, *_]) if isinstance(operator, _COMPARISONS):
                if text in {ast.unparse(left), *_names_in(left)} and not _is_none(node):
                    return True
            case ast.Call(func=function, args=arguments) if _is_check(last_name(function)):
                parts = [*arguments, getattr(function, "value", None)]
                if any(part is not None and text in _names_in(part) for part in parts):
                    return True
    return False


def _is_check(name: str) -> bool:
    return name in _CHECKS or name.startswith(("is_allowed", "is_safe", "is_valid"))


def _names_in(node: ast.AST) -> set[str]:
    parts = (one for one in ast.walk(node) if isinstance(one, ast.Name | ast.Attribute))
    return {ast.unparse(one) for one in parts}


def _is_none(node: ast.Compare) -> bool:
    return any(isinstance(o, ast.Constant) and o.value in {None, ""} for o in node.comparators)


def _is_literal(pattern: ast.AST) -> bool:
    patterns = pattern.patterns if isinstance(pattern, ast.MatchOr) else [pattern]
    return all(isinstance(one, ast.MatchValue) for one in patterns)
