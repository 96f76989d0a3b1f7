"""All rules, by group."""

from importlib import import_module

from conventions.rule import Rule

GROUPS = (
    "routes",
    "routing",
    "openapi",
    "bodies",
    "contract",
    "protection",
    "fields",
    "models",
    "queries",
    "sessions",
    "migrations",
    "asynchrony",
    "waiting",
    "retries",
    "races",
    "state",
    "errors",
    "logs",
    "outside",
    "secrets",
    "comparisons",
    "configuration",
    "unsafe",
    "code",
    "naming",
    "review",  # the last: it checks the findings of the others
)

SKIPPED_GROUPS: list[str] = []
"""Groups that cannot be imported, with the error: usually one that `broken-code` reports."""


def _rules_of(group: str) -> tuple[Rule, ...]:
    try:
        return import_module(f"conventions.rules.{group}").RULES
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the other groups still run
        SKIPPED_GROUPS.append(f"conventions/rules/{group}.py: {type(error).__name__}: {error}")
        return ()


RULES: tuple[Rule, ...] = tuple(rule for group in GROUPS for rule in _rules_of(group))
