"""Every rule, group by group."""

from conventions.rule import Rule
from conventions.rules import (
    accepted,
    documents,
    migrations,
    models,
    protection,
    queries,
    routes,
    sessions,
    tools,
)

RULES: tuple[Rule, ...] = (
    *tools.RULES,
    *routes.RULES,
    *documents.RULES,
    *protection.RULES,
    *models.RULES,
    *queries.RULES,
    *sessions.RULES,
    *migrations.RULES,
    *accepted.RULES,  # the last: they look at what the others found
)
