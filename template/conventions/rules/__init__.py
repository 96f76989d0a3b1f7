"""Every rule, group by group."""

from importlib import import_module

from conventions.rule import Rule

GROUPS = (
    "routes",
    "documents",
    "contract",
    "protection",
    "models",
    "queries",
    "sessions",
    "migrations",
    "asynchrony",
    "errors",
    "secrets",
    "code",
    "tools",
    "accepted",  # the last: it looks at what the others found
)

LEFT_OUT: list[str] = []
"""Groups that cannot be imported, and why: usually what `broken-code` finds in the service."""


def _rules_of(group: str) -> tuple[Rule, ...]:
    try:
        return import_module(f"conventions.rules.{group}").RULES
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the others go on
        LEFT_OUT.append(f"conventions/rules/{group}.py: {type(error).__name__}: {error}")
        return ()


RULES: tuple[Rule, ...] = tuple(rule for group in GROUPS for rule in _rules_of(group))
