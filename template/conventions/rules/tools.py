"""What the linter and the type checker find, and what cannot be read at all."""

from collections.abc import Iterator

from conventions.rule import Found, Severity, rule
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
    "lint",
    keeps="CODE-2",
    severity=Severity.BEST_PRACTICE,
    why="Each rule in ruff.toml stands for a mistake that was made before.",
    fix="`make format` mends much of it; `ruff rule CODE` explains the rest.",
    wrong="import os, sys",
    right="import os\nimport sys",
)
def find_lint(service: Service) -> Iterator[Found]:
    """Yield what `ruff check` finds."""
    for problem in service.ruff:
        place = problem["location"]
        if problem["code"]:  # a file without one is not Python, which is `broken-code`
            yield Found(
                path=service.relative(problem["filename"]),
                line=place["row"],
                column=place["column"],
                message=f"{problem['code']}: {problem['message']}",
            )


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


RULES = (find_broken_code, find_lint, find_wrong_types)
