"""Code that cannot be loaded, and useless suppressions."""

from collections.abc import Iterator

from conventions.findings import Patch, Violation
from conventions.rule import rule
from conventions.service import Service
from conventions.suppressions import Suppression


@rule("broken-code")
def find_broken_code(service: Service) -> Iterator[Violation]:
    """Find code that cannot be parsed, imported or started."""
    service.load()
    yield from service.gaps.explained()


@rule("empty-suppression")
def find_empty_suppressions(service: Service) -> Iterator[Violation]:
    """Find suppressions without a reason, without rules, or of unknown rules."""
    for comment in service.suppressions:
        unknown = [name for name in comment.rules if name not in service.rules]
        if service.load_errors:
            unknown.clear()  # rules were skipped
        problems = [f"unknown rule {name}" for name in unknown]
        if not comment.rules:
            problems.append("no rule in brackets")
        if not comment.reason:
            problems.append("no reason")
        if problems:
            message = f"This suppression has no effect: {', '.join(problems)}."
            yield Violation(
                path=comment.path, line=comment.line, column=comment.column, message=message
            )


@rule("unused-suppression")
def find_unused_suppressions(service: Service) -> Iterator[Violation]:
    """Find suppressions that match no violation."""
    if service.load_errors:
        return  # rules were skipped
    checked = service.rules - service.configuration.disable - service.failed_rules
    for comment in service.suppressions:
        unused = [name for name in comment.rules if name in checked and name not in comment.used]
        patch = _without(service, comment) if unused == list(comment.rules) else None
        for name in unused if comment.reason else ():
            yield Violation(
                path=comment.path,
                line=comment.line,
                column=comment.column,
                message=f"{name} reports nothing here.",
                patch=patch,
            )


def _without(service: Service, comment: Suppression) -> Patch | None:
    """Return a patch that deletes a comment, with its line if it stands alone."""
    source = service.source(comment.path)
    text = source.lines[comment.line - 1] if source else ""
    before, written = text[: comment.column - 1], text[comment.column - 1 :]
    if written.count("#") > 1 or comment.line == len(source.lines if source else ()):
        return None  # another tool's comment follows it
    code = before.rstrip()
    return Patch(
        line=comment.line,
        column=len(code) + 1 if code else 1,
        end_line=comment.line if code else comment.line + 1,
        end_column=len(text) + 1 if code else 1,
        text="",
        is_safe=True,
    )


@rule("stale-baseline")
def find_stale_entries(service: Service) -> Iterator[Violation]:
    """Find entries of the baseline that match no violation."""
    if service.load_errors or service.failed_rules:
        return  # rules were skipped
    path = service.configuration.baseline
    for line, (rule_id, name, problem) in service.baseline.unmatched():
        message = f"{rule_id} no longer reports in {name}: {problem}"
        yield Violation(path=path, line=line, message=message)


RULES = (
    find_broken_code,
    # The last ones, which need the findings of all others.
    find_empty_suppressions,
    find_unused_suppressions,
    find_stale_entries,
)
