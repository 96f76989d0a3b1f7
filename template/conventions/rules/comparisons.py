"""Comparisons of secrets, which must take the same time for every guess."""

import ast
import re
from collections.abc import Iterator

from typing_extensions import override

from conventions.facts.facts import Facts
from conventions.facts.flows import SECRET_NAME
from conventions.facts.trace import SETTINGS, Trace
from conventions.findings import Patch, Violation
from conventions.rule import rule
from conventions.service import Service
from conventions.source import Source

_SIGNATURE = re.compile(rf"^(?!is_).*({SECRET_NAME.pattern}|(^|_)(signature|mac|hmac)$)")
_NO_SECRET = re.compile(
    r"(page|next|cursor|continuation|sync|etag|previous|csrf_field)_?token", re.I
)
_KEYED = re.compile(r"hmac\.(new|digest|HMAC)(\..*)?")
_DIGESTS = re.compile(r"hashlib\..*|hmac\..*")
_EQUAL = {"operator.eq", "operator.ne", "_operator.eq", "_operator.ne"}
_OPERATORS = ast.Eq | ast.NotEq | ast.In | ast.NotIn


class _Guarded(Trace):
    """Secrets and signatures: what a caller must not learn by the time of a comparison."""

    @override
    def starts_at(self, source: Source, node: ast.expr) -> str:
        match node:
            case ast.Call(func=ast.Attribute(attr="get_secret_value")):
                return ast.unparse(node)
            case ast.Call(func=function):
                names = self.resolver.names(source, function)
                return ast.unparse(node) if any(map(_KEYED.fullmatch, names)) else ""
            case ast.Name(id=name) | ast.Attribute(attr=name):
                is_secret = _SIGNATURE.search(name) and not _NO_SECRET.search(name)
                return ast.unparse(node) if is_secret else ""
        return ""

    @override
    def stops_at(self, source: Source, node: ast.expr) -> bool:
        if isinstance(node, ast.Call) and self.resolver.names(source, node.func) & {
            "builtins.len",
            "builtins.bool",
        }:
            return True
        if isinstance(node, ast.JoinedStr):
            return True  # such as a link with a token
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") != "self":
            return not self.starts_at(source, node)
        if isinstance(node, ast.Subscript | ast.Attribute):
            return False
        return super().stops_at(source, node)

    @override
    def starts_at_parameter(
        self,
        source: Source,
        parameter: ast.arg,
        *,
        is_called: bool,
    ) -> str | None:
        return ""  # a parameter is a secret by its name alone


@rule("secret-equality")
def find_secret_equalities(service: Service) -> Iterator[Violation]:
    """Find `==` and other comparisons between a secret and another value."""
    facts = service.facts
    guarded = _Guarded(facts.graph)
    for source in facts.files():
        for node in source.nodes(ast.Compare):
            sides = [node.left, node.comparators[0]]
            is_guarded = isinstance(node.ops[0], _OPERATORS) and any(
                guarded.origin(source, side) for side in sides
            )
            if is_guarded and not _is_harmless(facts, source, node):
                message = f"`{ast.unparse(node)}` is open to a timing attack"
                yield source.violation(node, message, patch=_compare_safely(facts, source, node))
        for call in source.calls():
            if _compares(facts, source, call) and _has_secret(guarded, source, call):
                message = f"`{ast.unparse(call)}` is open to a timing attack"
                yield source.violation(call, message)


def _is_harmless(facts: Facts, source: Source, node: ast.Compare) -> bool:
    """Return whether a comparison takes as long for any guess, or is made by the database."""
    sides = [node.left, node.comparators[0]]
    if any(map(_is_fixed, sides)) or _have_one_origin(facts, source, *sides):
        return True
    return _is_model_column(facts, source, node) or _is_member_of_mapping(facts, source, node)


def _is_model_column(facts: Facts, source: Source, node: ast.Compare) -> bool:
    """Return whether the database compares: an operand is a column."""
    for side in (node.left, node.comparators[0]):
        for symbol in facts.resolver.resolve_all(source, side):
            if symbol.name.startswith("sqlalchemy."):
                return True
    return False


def _is_member_of_mapping(facts: Facts, source: Source, node: ast.Compare) -> bool:
    """Return whether `in` looks into a dict or a set, which hashes, or into a text."""
    if not isinstance(node.ops[0], ast.In | ast.NotIn):
        return False
    found = facts.resolver.resolve_all(source, node.comparators[0])
    return not any(one.name in {"builtins.list", "builtins.tuple"} for one in found)


def _compares(facts: Facts, source: Source, call: ast.Call) -> bool:
    """Return whether a call compares its arguments one character after the other."""
    names = facts.names(source, call.func)
    if any(facts.names(source, one) & _EQUAL for one in call.args[:1]) or names & _EQUAL:
        return True
    if getattr(call.func, "attr", "") in {"startswith", "endswith"}:
        return True
    loops = [one for one in call.args if isinstance(one, ast.GeneratorExp | ast.ListComp)]
    pairs = [one for loop in loops for one in ast.walk(loop.elt) if isinstance(one, ast.Compare)]
    return bool(pairs) and names <= {"builtins.all"} and "zip(" in ast.unparse(call)


def _has_secret(guarded: _Guarded, source: Source, call: ast.Call) -> bool:
    if "zip(" in ast.unparse(call):
        parts = [one for one in ast.walk(call) if isinstance(one, ast.Name)]
        resolver = guarded.resolver
        return any(_is_digest(guarded, source, one) for one in parts) and bool(resolver)
    return any(guarded.origin(source, one) for one in call.args)


def _is_digest(guarded: _Guarded, source: Source, node: ast.Name) -> bool:
    for binding in guarded.resolver.bindings(source).reaching(node, node.id):
        if isinstance(binding.value, ast.Call):
            inner = ast.walk(binding.value)
            calls = [one for one in inner if isinstance(one, ast.Call)]
            names = [n for one in calls for n in guarded.resolver.names(source, one.func)]
            if any(map(_DIGESTS.fullmatch, names)):
                return True
    return False


def _is_fixed(node: ast.expr) -> bool:
    """Return whether an expression is a literal, a constant, or a column of a model."""
    name = getattr(node, "attr", "") or getattr(node, "id", "")
    owner = getattr(getattr(node, "value", None), "id", "")
    is_column = isinstance(node, ast.Attribute) and owner[:1].isupper()
    return isinstance(node, ast.Constant) or name.isupper() or is_column


def _have_one_origin(facts: Facts, source: Source, left: ast.expr, right: ast.expr) -> bool:
    """Return whether both are parts of one object, settings, or typed at the same terminal."""
    calls = [_call_behind(facts, source, side) for side in (left, right)]
    names = [facts.names(source, one.func) for one in calls if one is not None]
    if None not in calls and all("getpass.getpass" in one for one in names):
        return True
    parts = [side for side in (left, right) if isinstance(side, ast.Attribute)]
    owners = [facts.resolver.resolve_all(source, part.value) for part in parts]
    are_settings = [any(facts.resolver.is_subclass(one, SETTINGS) for one in own) for own in owners]
    if all(are_settings) and len(parts) > 1:
        return True  # such as those before and after a change
    return len({ast.unparse(part.value) for part in parts}) < len(parts)


def _call_behind(facts: Facts, source: Source, node: ast.expr) -> ast.Call | None:
    if isinstance(node, ast.Call):
        return node
    if isinstance(node, ast.Name):
        for binding in facts.resolver.bindings(source).reaching(node, node.id):
            if isinstance(binding.value, ast.Call):
                return binding.value
    return None


def _compare_safely(facts: Facts, source: Source, node: ast.Compare) -> Patch | None:
    """Return the patch by compare_digest, if both sides are known to be of one type."""
    sides = [node.left, node.comparators[0]]
    kinds = {facts.name(source, side) for side in sides}
    is_optional = any(_is_optional(facts, source, side) for side in sides)
    is_plain = (
        isinstance(node.ops[0], ast.Eq | ast.NotEq) and len(node.ops) == 1 and not is_optional
    )
    if not is_plain or kinds not in ({"builtins.str"}, {"builtins.bytes"}):
        return None
    ending = ".encode()" if kinds == {"builtins.str"} else ""
    text = ", ".join(f"{ast.unparse(side)}{ending}" for side in sides)
    negation = "not " if isinstance(node.ops[0], ast.NotEq) else ""
    text = f"{negation}hmac.compare_digest({text})"
    return source.replacing(node, text, needs_import="import hmac")


def _is_optional(facts: Facts, source: Source, node: ast.expr) -> bool:
    """Return whether a variable may be `None` by its annotation."""
    if not isinstance(node, ast.Name):
        return isinstance(node, ast.Attribute)  # of which the annotation is elsewhere
    bindings = facts.resolver.bindings(source).reaching(node, node.id)
    declared = [ast.unparse(one.annotation) for one in bindings if one.annotation is not None]
    return any("None" in one or "Optional" in one for one in declared)


RULES = (find_secret_equalities,)
