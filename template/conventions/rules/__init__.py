"""Every rule, group by group."""

from conventions.rule import Rule
from conventions.rules import (
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
)
