"""Parameters of statements: lists of values of any length."""

import ast
from collections.abc import Iterator

from conventions.facts.sizes import Sizes
from conventions.findings import Violation
from conventions.rule import rule
from conventions.rules.queries import is_unbounded
from conventions.service import Service
from conventions.source import Source
from conventions.statements import executed_statements
from conventions.vocabulary import READ_IN_BATCHES


@rule("unbounded-in")
def find_unbounded_in(service: Service) -> Iterator[Violation]:
    """Find `IN` with as many values as there are."""
    executed, facts = executed_statements(service), service.facts

    def reads_many(source: Source, call: ast.Call) -> bool:
        statement = executed.get(call)
        return READ_IN_BATCHES in facts.names(source, call.func) or bool(
            statement and is_unbounded(statement)
        )

    sizes = Sizes(facts, reads_many)
    for source, call, _ in facts.calls("app/features", "app/accounts", "app/integrations"):
        is_in = _method(service, source, call) in {"in_", "not_in", "notin_"}
        values = call.args[0] if is_in and call.args else None
        if values is None or facts.statements.steps(source, values):
            continue
        if sizes.is_unbounded(source, values):
            yield source.violation(call, f"every value of `{ast.unparse(values)}` is a parameter")


def _method(service: Service, source: Source, call: ast.Call) -> str:
    """Return the name of the method that a call runs, through a variable too."""
    function: ast.AST | None = call.func
    if isinstance(call.func, ast.Name):
        function = service.facts.resolver.value_behind(source, call.func)
    return function.attr if isinstance(function, ast.Attribute) else ""


RULES = (find_unbounded_in,)
