"""Every rule, group by group."""

from conventions.rule import Rule
from conventions.rules import (
    accepted,
    asynchrony,
    code,
    documents,
    errors,
    migrations,
    models,
    protection,
    queries,
    routes,
    secrets,
    sessions,
    tools,
)

RULES: tuple[Rule, ...] = (
    *routes.RULES,
    *documents.RULES,
    *protection.RULES,
    *models.RULES,
    *queries.RULES,
    *sessions.RULES,
    *migrations.RULES,
    *asynchrony.RULES,
    *errors.RULES,
    *secrets.RULES,
    *code.RULES,
    *tools.RULES,
    *accepted.RULES,  # the last: they look at what the others found
)
