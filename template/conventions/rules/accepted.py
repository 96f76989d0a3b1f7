"""What accepts findings: comments and the baseline. They run last, when all findings are known."""

from collections.abc import Iterator

from conventions.rule import Found, Severity, rule
from conventions.service import Service


@rule(
    "empty-suppression",
    keeps="REV-1",
    severity=Severity.BEST_PRACTICE,
    why="Without its reason nobody can tell later whether a suppression is still right.",
    fix="Name rules that exist, in brackets, and say after them why the code is right as it is.",
    wrong="# conventions: ignore[blocking-call]",
    right="# conventions: ignore[blocking-call] runs before the event loop starts",
)
def find_empty_suppressions(service: Service) -> Iterator[Found]:
    """Yield suppressions without a reason, without rules, or of rules that do not exist."""
    for comment in service.suppressions:
        unknown = [name for name in comment.rules if name not in service.rules]
        if service.broken:
            unknown.clear()  # rules were left out
        problems = [f"there is no rule {name}" for name in unknown]
        if not comment.rules:
            problems.append("it names no rule in brackets")
        if not comment.reason:
            problems.append("it gives no reason")
        if problems:
            message = f"This suppression has no effect: {', and '.join(problems)}."
            yield Found(
                path=comment.path, line=comment.line, column=comment.column, message=message
            )


@rule(
    "unused-suppression",
    keeps="REV-1",
    severity=Severity.SUGGESTION,
    why="It would hide the next finding on its line, which nobody has looked at.",
    fix="Delete it.",
    wrong="await sleep(1)  # conventions: ignore[blocking-call] runs in a thread",
    right="await sleep(1)",
)
def find_unused_suppressions(service: Service) -> Iterator[Found]:
    """Yield suppressions of what no rule finds."""
    if service.broken:
        return  # rules were left out
    checked = service.rules - service.configuration.disable - service.crashed
    for comment in service.suppressions:
        for name in comment.rules:
            if comment.reason and name in checked and name not in comment.used:
                yield Found(
                    path=comment.path,
                    line=comment.line,
                    column=comment.column,
                    message=f"There is nothing here that {name} would find.",
                )


@rule(
    "stale-baseline",
    keeps="REV-1",
    severity=Severity.SUGGESTION,
    why="An entry that is left behind would hide the same mistake when it comes back.",
    fix="Delete the line, or write the file anew with `make baseline`.",
    wrong='{"rule": "blocking-call", …}, though the call is gone',
    right="the list without it",
)
def find_stale_entries(service: Service) -> Iterator[Found]:
    """Yield entries of the baseline that nothing matches any more."""
    if service.broken or service.crashed:
        return  # rules were left out
    path = service.configuration.baseline
    for line, (rule_id, file, content) in service.baseline.stale():
        message = f"{rule_id} finds nothing more in {file} at `{content}`."
        yield Found(path=path, line=line, message=message)


RULES = (find_empty_suppressions, find_unused_suppressions, find_stale_entries)
