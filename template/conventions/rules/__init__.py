"""Every rule, group by group."""

from conventions.rule import Rule
from conventions.rules import (
    accepted,
    documents,
    protection,
    routes,
    tools,
)

RULES: tuple[Rule, ...] = (
    *tools.RULES,
    *routes.RULES,
    *documents.RULES,
    *protection.RULES,
    *accepted.RULES,  # the last: they look at what the others found
)
