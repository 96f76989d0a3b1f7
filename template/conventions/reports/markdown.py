"""For a pull request or a page: four sections, then patches."""

from conventions.patches import diff, patched, patches_of
from conventions.reports.text import summarise
from conventions.rule import Severity
from conventions.running import Finding, Review

_TITLES = {
    Severity.CRITICAL: "Critical",
    Severity.BEST_PRACTICE: "Best practice",
    Severity.PERFORMANCE: "Performance",
    Severity.SUGGESTION: "Suggestions",
}


def write(review: Review) -> str:
    """Return every finding with why it matters and how to mend it."""
    parts = ["# Review", summarise(review)]
    for level, title in _TITLES.items():
        findings = [finding for finding in review.findings if finding.severity is level]
        parts += [f"## {title}", *([_item(each) for each in findings] or ["Nothing."])]
    if diffs := _diffs(review):
        parts += ["## Proposed patches", "`make review fix=1` applies them.", *diffs]
    return "\n\n".join(parts)


def _item(finding: Finding) -> str:
    rule, found = finding.rule, finding.found
    return (
        f"- **`{rule.id}`** at `{found.path}:{found.line}` ({rule.keeps}): {found.message}\n"
        f"  - Why: {rule.why}\n"
        f"  - Fix: {rule.fix}"
    )


def _diffs(review: Review) -> list[str]:
    patches = patches_of(review).items()
    texts = [(source, patched(source, wanted)[0]) for source, wanted in patches]
    return [f"```diff\n{diff(source, text)}```" for source, text in texts]
