"""Rules of the house: those that a team adds in `house_rules/`, which no update touches.

Every rule in a module of the folder runs, as those of the template do. Its texts are in a TOML file
beside it, and `house_rules/conventions.toml` has the team's own conventions.
"""

from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from conventions.coverage import convention_ids
from conventions.rule import Rule, RuleError

FOLDER = "house_rules"


class HouseRules(NamedTuple):
    """The rules of a team, and the errors of those that cannot be loaded."""

    rules: tuple[Rule, ...]
    errors: list[str]


def read_house_rules(root: Path, *, taken: set[str]) -> HouseRules:
    """Load the rules of a team; one that is faulty is left out, with its error.

    Args:
        root: The service's folder.
        taken: The ids of the template's rules.
    """
    rules: dict[str, Rule] = {}
    errors: list[str] = []
    for path in sorted((root / FOLDER).glob("*.py")):
        name = f"{FOLDER}/{path.name}"
        try:
            module = import_module(f"{FOLDER}.{path.stem}".removesuffix(".__init__"))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the other rules still run
            text = (
                str(error) if isinstance(error, RuleError) else f"{type(error).__name__}: {error}"
            )
            errors.append(f"{name}: {text}")
            continue
        for one in (value for value in vars(module).values() if isinstance(value, Rule)):
            if problem := _problem_of(one, root, taken | rules.keys() - {one.id}):
                errors.append(f"{name}: {problem}")
            elif rules.setdefault(one.id, one) is not one:
                errors.append(f"{name}: there is another rule {one.id}")
    return HouseRules(tuple(rules.values()), errors)


def _problem_of(rule: Rule, root: Path, taken: set[str]) -> str:
    if rule.id in taken:
        return f"the template has a rule {rule.id} too"
    if rule.convention not in convention_ids(root):
        places = f"conventions/coverage.toml or {FOLDER}/conventions.toml"
        return f"{rule.id} checks {rule.convention}, which is not in {places}"
    return ""
