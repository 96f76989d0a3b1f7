"""Every rule, group by group."""

from conventions.rule import Rule
from conventions.rules import (
    accepted,
    asynchrony,
    code,
    errors,
    secrets,
    tools,
)

RULES: tuple[Rule, ...] = (
    *asynchrony.RULES,
    *errors.RULES,
    *secrets.RULES,
    *code.RULES,
    *tools.RULES,
    *accepted.RULES,  # the last: they look at what the others found
)
