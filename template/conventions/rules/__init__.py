"""Every rule, group by group."""

from conventions.rule import Rule
from conventions.rules import (
    accepted,
    tools,
)

RULES: tuple[Rule, ...] = (
    *tools.RULES,
    *accepted.RULES,  # the last: they look at what the others found
)
