"""Money: amounts that are floats, in columns, in fields and in arithmetic."""

import ast
import re
from collections.abc import Iterator

from sqlalchemy import Float

from conventions.findings import Violation
from conventions.rule import rule
from conventions.rules.models import column_violation, columns_of_models
from conventions.service import Service
from conventions.source import Source, last_name

_MONEY = {"price", "cost", "fee", "revenue", "turnover", "salary", "wage", "payout", "refund"}
_MONEY |= {"cent", "euro", "eur", "usd", "gbp", "chf", "dollar", "rent", "invoice", "payment"}
_AMBIGUOUS = {
    "amount",
    "balance",
    "bonus",
    "budget",
    "charge",
    "credit",
    "debit",
    "debt",
    "deposit",
}
_AMBIGUOUS |= {"discount", "due", "earned", "gross", "income", "margin", "net", "paid", "pay"}
_AMBIGUOUS |= {"premium", "profit", "spent", "subtotal", "sum", "surcharge", "tax", "total", "vat"}
_CONTEXT = {"billing", "cart", "checkout", "commission", "currency", "deal", "donation", "expense"}
_CONTEXT |= {"ledger", "loan", "order", "payroll", "sale", "wallet"}
_OTHER = {"rate", "ratio", "percent", "percentage", "share", "factor", "weight", "score", "index"}
_OTHER |= {"kg", "km", "litres", "liters", "kwh", "seconds", "minutes", "hours", "days", "ms"}
_OTHER |= {"count", "number", "quantity", "probability", "change", "per", "at", "id", "is", "has"}
_ARITHMETIC = ast.Add | ast.Sub | ast.Mult | ast.Div
_WORD = re.compile(r"[a-z]+|[A-Z][a-z]*")


class _Money:
    """The names of amounts of money."""

    def __init__(self, service: Service) -> None:
        self._money = _MONEY | service.configuration.words_for("money")

    def is_amount(self, name: str, around: set[str]) -> bool:
        """Return whether a name is that of an amount: an ambiguous one, if other names say so."""
        words = _words(name)
        if not words.isdisjoint(_OTHER):
            return False
        is_about_money = not around.isdisjoint(self._money | _CONTEXT)
        return not words.isdisjoint(self._money) or (
            is_about_money and not words.isdisjoint(_AMBIGUOUS)
        )


def _words(*names: str) -> set[str]:
    """Return the words in names, in the singular."""
    words = {word.lower() for name in names for word in _WORD.findall(name)}
    return words | {word.removesuffix("s") for word in words}


@rule("float-money")
def find_float_money(service: Service) -> Iterator[Violation]:
    """Find amounts of money that are floats, in columns, in fields and in arithmetic."""
    money = _Money(service)
    for model, name, column in columns_of_models(service):
        around = _words(model.class_.__name__, *model.columns.keys())
        if isinstance(column.type, Float) and money.is_amount(name, around):
            yield column_violation(service, model, name, "is an amount of money as a float")
    models = {model.class_.__qualname__ for model in service.mappers}
    for source in service.sources.under("app/features", "app/accounts", "app/integrations"):
        for node in source.nodes(ast.ClassDef):
            if source.qualified_name(node) not in models:
                yield from _float_fields(service, source, node, money)
        yield from _float_arithmetic(service, source, money)


def _float_fields(
    service: Service, source: Source, node: ast.ClassDef, money: _Money
) -> Iterator[Violation]:
    fields = [one for one in node.body if isinstance(one, ast.AnnAssign)]
    around = _words(source.module, node.name, *(last_name(one.target) for one in fields))
    for field in fields:
        types = service.facts.resolver.instances(source, field.annotation)
        is_float = any(one.name == "builtins.float" for one in types)
        name = last_name(field.target)
        if is_float and money.is_amount(name, around):
            message = f"`{node.name}.{name}` is an amount of money as a float"
            yield source.violation(field, message)


def _float_arithmetic(service: Service, source: Source, money: _Money) -> Iterator[Violation]:
    """Yield conversions of amounts to floats, and amounts that are multiplied by floats."""
    reported: set[int] = set()
    around = _words(source.module.rpartition(".")[0])
    for node in source.nodes(ast.Call, ast.BinOp):
        amounts: list[ast.expr] = []
        match node:
            case ast.Call(func=ast.Name(id="float"), args=[given]):
                amounts = [given] if _names_amount(given, money, around) else []
            case ast.BinOp(left=left, op=operator, right=right) if isinstance(
                operator, _ARITHMETIC
            ):
                pairs = (left, right), (right, left)
                amounts = [
                    a
                    for a, b in pairs
                    if _is_amount(a, money, around) and _is_float(service, source, b)
                ]
        if amounts and node.lineno not in reported:
            reported.add(node.lineno)
            yield source.violation(node, f"computes `{ast.unparse(node)}` with floats")


def _is_amount(node: ast.expr, money: _Money, around: set[str]) -> bool:
    is_name = isinstance(node, ast.Name | ast.Attribute)
    return is_name and money.is_amount(last_name(node), around)


def _names_amount(node: ast.expr, money: _Money, around: set[str]) -> bool:
    """Return whether an expression is an amount, or the sum or difference of amounts."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        return _names_amount(node.left, money, around) or _names_amount(node.right, money, around)
    return _is_amount(node, money, around)


def _is_float(service: Service, source: Source, node: ast.expr) -> bool:
    found = service.facts.resolver.resolve_all(source, node)
    is_typed = any(one.is_object and one.name == "builtins.float" for one in found)
    return is_typed or any(isinstance(one.value, float) for one in found)


RULES = (find_float_money,)
