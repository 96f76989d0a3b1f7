"""What `[tool.conventions]` in pyproject.toml says of the review."""

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationError,
    ValidationInfo,
)

from conventions.rule import Severity
from conventions.thresholds import Thresholds


class ConfigurationError(Exception):
    """What is configured or asked for makes no sense; the message says what to do."""


def _check_rule(name: str, info: ValidationInfo) -> str:
    if info.context is not None and name not in info.context:
        message = f"there is no rule {name!r}; `make explain` lists them"
        raise ValueError(message)
    return name


def _read_severity(name: object) -> object:
    return None if name == "never" else str(name).replace("-", " ")


RuleId = Annotated[str, AfterValidator(_check_rule)]
Level = Annotated[Severity, BeforeValidator(_read_severity)]
Bar = Annotated[Severity | None, BeforeValidator(_read_severity)]


class Configuration(BaseModel):
    """How this service is reviewed.

    Attributes:
        disable: Rules that are left out.
        severity: A severity by rule, instead of the rule's own.
        exclude: Patterns of paths in which nothing is looked for, such as `app/generated/*`.
        baseline: The file that lists what was there when the review was introduced.
        fail_on: The least severity that makes the command fail; `None` where nothing does.
        thresholds: The numbers that rules compare with.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    disable: frozenset[RuleId] = frozenset()
    severity: Mapping[RuleId, Level] = {}
    exclude: tuple[str, ...] = ()
    baseline: str = "conventions-baseline.json"
    fail_on: Bar = Severity.PERFORMANCE
    thresholds: Thresholds = Thresholds()

    def excludes(self, path: str) -> bool:
        """Return whether nothing is to be looked for in a file."""
        return any(fnmatch(path, pattern) for pattern in self.exclude)


_THRESHOLDS = {entry.name for entry in fields(Thresholds)}
_KEYS = (Configuration.model_fields.keys() - {"thresholds"}) | _THRESHOLDS


def read_configuration(root: Path, *, rules: frozenset[str] | None) -> Configuration:
    """Read `[tool.conventions]`; its keys are the names above, with hyphens.

    Args:
        root: The service's folder.
        rules: The ids of all rules; `None` where they are not known.

    Raises:
        ConfigurationError: A key, a rule or a value is not known.
    """
    try:
        document = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    except (OSError, ValueError) as error:
        message = f"pyproject.toml cannot be read: {error}"
        raise ConfigurationError(message) from error
    table: dict[str, Any] = document.get("tool", {}).get("conventions", {})
    given = {key.replace("-", "_"): value for key, value in table.items()}
    if unknown := sorted(given.keys() - _KEYS):
        known = ", ".join(sorted(_KEYS)).replace("_", "-")
        message = f"pyproject.toml: [tool.conventions] {unknown[0]} is not known; known are {known}"
        raise ConfigurationError(message)
    thresholds = {name: given.pop(name) for name in _THRESHOLDS & given.keys()}
    try:
        return Configuration.model_validate(given | {"thresholds": thresholds}, context=rules)
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(str(part) for part in problem["loc"]).replace("_", "-")
        message = f"pyproject.toml: [tool.conventions] {place}: {problem['msg']}"
        raise ConfigurationError(message) from error
