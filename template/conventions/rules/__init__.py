"""Every rule, group by group."""

from conventions.rule import Rule
from conventions.rules import (
    accepted,
    asynchrony,
    code,
    documents,
    errors,
    protection,
    routes,
    secrets,
    tools,
)

RULES: tuple[Rule, ...] = (
    *routes.RULES,
    *documents.RULES,
    *protection.RULES,
    *asynchrony.RULES,
    *errors.RULES,
    *secrets.RULES,
    *code.RULES,
    *tools.RULES,
    *accepted.RULES,  # the last: they look at what the others found
)
