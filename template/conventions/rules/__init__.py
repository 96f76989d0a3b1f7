"""Every rule, group by group."""

from conventions.rule import Rule
from conventions.rules import (
    tools,
)

RULES: tuple[Rule, ...] = (*tools.RULES,)
