"""What the linter and the type checker find, and what cannot be read at all."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from string import digits

from conventions.rule import Found, Rule, Severity, rule
from conventions.service import Service


@rule(
    "broken-code",
    keeps="REV-1",
    severity=Severity.CRITICAL,
    why="The service does not start, and what cannot be loaded cannot be reviewed.",
    fix="Mend what the message names; then review again, since rules were left out.",
    wrong="def answer(:",
    right="def answer() -> None:",
)
def find_broken_code(service: Service) -> Iterator[Found]:
    """Yield what cannot be parsed, imported or put together."""
    service.load()
    yield from service.broken


@rule(
    "types",
    keeps="CODE-1",
    severity=Severity.BEST_PRACTICE,
    why="What the types rule out cannot happen in production; a wrong type can.",
    fix="Mend the type, or the code that it rightly complains of.",
    wrong='retries: int = "3"',
    right="retries: int = 3",
)
def find_wrong_types(service: Service) -> Iterator[Found]:
    """Yield what `pyrefly check` finds."""
    for problem in service.pyrefly:
        yield Found(
            path=service.relative(problem["path"]),
            line=problem["line"],
            column=problem["column"],
            message=f"{problem['name']}: {problem['concise_description']}",
        )


def _lint_rules() -> Iterator[Rule]:
    """Yield a rule for each kind of finding that ruff has, so that each keeps its convention."""
    kinds = tomllib.loads((Path(__file__).parent / "lint.toml").read_text("utf-8"))
    codes = {code: name for name, kind in kinds.items() for code in kind.pop("codes")}
    for name, kind in kinds.items():
        severity, fix = Severity(kind.pop("severity")), "`ruff rule CODE` explains what to do."
        check = partial(_lint, name=name, codes=codes, unless=kind.pop("unless", ""))
        yield rule(name, severity=severity, fix=fix, **kind)(check)


def _lint(service: Service, *, name: str, codes: Mapping[str, str], unless: str) -> Iterator[Found]:
    """Yield what `ruff check` finds of one kind, unless a rule found it already."""
    for problem in service.ruff:
        place, code = problem["location"], problem["code"] or ""
        path = service.relative(problem["filename"])
        is_said = (unless, path, place["row"]) in service.found
        if code and _kind_of(code, codes) == name and not is_said:  # no code: `broken-code`
            message = f"{code}: {problem['message']}"
            yield Found(path=path, line=place["row"], column=place["column"], message=message)


def _kind_of(code: str, codes: Mapping[str, str]) -> str:
    """Return the kind of a code: `S` takes S324, and not SIM201."""
    fitting = (prefix for prefix in codes if code.removeprefix(prefix).strip(digits) == "")
    return codes[max(fitting, key=len, default="")]


RULES = (find_broken_code, *_lint_rules(), find_wrong_types)
