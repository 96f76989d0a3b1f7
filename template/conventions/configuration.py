"""The configuration of the review: `[tool.conventions]` in pyproject.toml."""

import tomllib
from collections.abc import Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationError,
    ValidationInfo,
)

from conventions.findings import Severity


class ConfigurationError(Exception):
    """An invalid configuration or command line; the message says how to fix it."""


def _check_rule(name: str, info: ValidationInfo) -> str:
    if info.context is not None and name not in info.context:
        message = f"there is no rule {name!r}; `make explain` lists them"
        raise ValueError(message)
    return name


def _read_severity(name: object) -> object:
    return None if name == "never" else str(name).replace("-", " ")


RuleId = Annotated[str, AfterValidator(_check_rule)]
Level = Annotated[Severity, BeforeValidator(_read_severity)]
Threshold = Annotated[Severity | None, BeforeValidator(_read_severity)]
Words = Literal["ambiguous-tables", "money", "plurals", "server-fields", "user-ids", "verbs"]


class Configuration(BaseModel):
    """The keys of `[tool.conventions]`, with underscores for hyphens.

    Attributes:
        disable: Rules that do not run.
        severity: Severities by rule, instead of the rule's own.
        exclude: Patterns of paths that are not reviewed, such as `app/generated/*`.
        baseline: The file of accepted findings.
        fail_on: The lowest severity that makes the command fail; `None` if none does.
        effects: Functions of other libraries by effect, as in facts/effects.toml.
        max_function_lines: The length over which `long-function` reports a function.
        max_file_lines: The length over which `long-file` reports a file.
        bans: Modules, functions and classes that `banned-name` reports, each with the reason.
        words: Words that rules know besides their own, by list.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    disable: frozenset[RuleId] = frozenset()
    severity: Mapping[RuleId, Level] = {}
    exclude: tuple[str, ...] = ()
    baseline: str = "conventions-baseline.json"
    fail_on: Threshold = Severity.PERFORMANCE
    effects: Mapping[str, tuple[str, ...]] = {}
    max_function_lines: int = 100
    max_file_lines: int = 300
    bans: Mapping[str, str] = {}
    words: Mapping[Words, frozenset[str]] = {}

    def words_for(self, name: Words) -> frozenset[str]:
        """Return the words that the team adds to a list."""
        return self.words.get(name, frozenset())

    def excludes(self, path: str) -> bool:
        """Return whether a file is not reviewed."""
        return any(fnmatch(path, pattern) for pattern in self.exclude)


def read_configuration(root: Path, *, rules: frozenset[str] | None) -> Configuration:
    """Read `[tool.conventions]`.

    Args:
        root: The service's folder.
        rules: The ids of all rules; `None` if they are not known.

    Raises:
        ConfigurationError: The file cannot be read, or a key, a rule or a value is unknown.
    """
    try:
        document = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    except (OSError, ValueError) as error:
        message = f"pyproject.toml cannot be read: {error}"
        raise ConfigurationError(message) from error
    table: dict[str, Any] = document.get("tool", {}).get("conventions", {})
    values = {key.replace("-", "_"): value for key, value in table.items()}
    known = Configuration.model_fields.keys()
    if unknown := sorted(values.keys() - known):
        names = ", ".join(sorted(known)).replace("_", "-")
        message = (
            f"pyproject.toml: unknown key {unknown[0]} in [tool.conventions]; the keys are {names}"
        )
        raise ConfigurationError(message)
    try:
        return Configuration.model_validate(values, context=rules)
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(str(part) for part in problem["loc"]).replace("_", "-")
        message = f"pyproject.toml: [tool.conventions] {place}: {problem['msg']}"
        raise ConfigurationError(message) from error
