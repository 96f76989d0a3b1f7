"""What `[tool.conventions]` in pyproject.toml says of the review."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from conventions.rule import Severity
from conventions.thresholds import Thresholds

BASELINE = "conventions-baseline.json"
_KEYS = {"baseline", "disable", "exclude", "fail-on", "severity"}


class ConfigurationError(Exception):
    """What is configured or asked for makes no sense; the message says what to do."""


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """How this service is reviewed.

    Attributes:
        disable: The ids of rules that are left out.
        severity: A severity by the id of a rule, instead of the rule's own.
        exclude: Patterns of paths in which nothing is looked for, such as `app/generated/*`.
        baseline: The file that lists what was there when the review was introduced.
        fail_on: The least severity that makes the command fail; `None` where nothing does.
        thresholds: The numbers that rules compare with.
        rules: The ids of all rules.
    """

    disable: frozenset[str] = frozenset()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()
    baseline: str = BASELINE
    fail_on: Severity | None = Severity.PERFORMANCE
    thresholds: Thresholds = field(default_factory=Thresholds)
    rules: frozenset[str] = frozenset()

    def excludes(self, path: str) -> bool:
        """Return whether nothing is to be looked for in a file."""
        return any(fnmatch(path, pattern) for pattern in self.exclude)


def read_configuration(root: Path, *, rules: frozenset[str]) -> Configuration:
    """Read `[tool.conventions]`.

    Args:
        root: The service's folder.
        rules: The ids of all rules.

    Raises:
        ConfigurationError: A key, a rule or a value is not known.
    """
    try:
        document = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    except (OSError, ValueError) as error:
        message = f"pyproject.toml cannot be read: {error}"
        raise ConfigurationError(message) from error
    table = document.get("tool", {}).get("conventions", {})
    thresholds = {key: table.pop(key) for key in _threshold_keys() & table.keys()}
    for key in sorted(table.keys() - _KEYS):
        raise _refusal(key, f"is not known; known are {_listed(_KEYS | _threshold_keys())}")
    return Configuration(
        disable=frozenset(_strings(table, "disable", known=rules)),
        severity=_severities(table, rules),
        exclude=tuple(_strings(table, "exclude")),
        baseline=str(table.get("baseline", BASELINE)),
        fail_on=read_bar(str(table.get("fail-on", Severity.PERFORMANCE.option))),
        rules=rules,
        thresholds=_thresholds(thresholds),
    )


def read_bar(name: str) -> Severity | None:
    """Return the severity of this name, such as `best-practice`; `None` for `never`.

    Raises:
        ConfigurationError: There is no such severity.
    """
    levels = {level.option: level for level in Severity} | {"never": None}
    if name not in levels:
        message = f"{name!r} is not a severity; known are {_listed(levels)}"
        raise ConfigurationError(message)
    return levels[name]


def _severities(table: dict[str, Any], rules: frozenset[str]) -> dict[str, Severity]:
    chosen = table.get("severity", {})
    if not isinstance(chosen, dict):
        raise _refusal("severity", 'is a table, such as { blocking-call = "suggestion" }')
    severities: dict[str, Severity] = {}
    for rule, name in chosen.items():
        _check_rule("severity", rule, rules)
        if (level := read_bar(str(name))) is None:
            raise _refusal("disable", f"takes rules that never matter; put {rule!r} there")
        severities[rule] = level
    return severities


def _strings(table: dict[str, Any], key: str, *, known: frozenset[str] | None = None) -> list[str]:
    values = table.get(key, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise _refusal(key, "is a list of strings")
    for value in values:
        if known is not None:
            _check_rule(key, value, known)
    return values


def _check_rule(key: str, rule: str, known: frozenset[str]) -> None:
    if rule not in known:
        raise _refusal(key, f"names {rule!r}, but there is no such rule; `make explain` lists them")


def _threshold_keys() -> set[str]:
    return {entry.name.replace("_", "-") for entry in fields(Thresholds)}


def _thresholds(values: dict[str, Any]) -> Thresholds:
    for key, value in values.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise _refusal(key, f"is a whole number, not {value!r}")
    return Thresholds(**{key.replace("-", "_"): value for key, value in values.items()})


def _refusal(key: str, problem: str) -> ConfigurationError:
    return ConfigurationError(f"pyproject.toml: [tool.conventions] {key} {problem}")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
