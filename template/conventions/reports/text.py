"""For a terminal: one finding a line, its place first, so that an editor can jump there."""

from collections import Counter

from conventions.rule import Severity
from conventions.running import Finding, Review


def write(review: Review) -> str:
    """Return one line a finding and a summary."""
    lines = [_line(finding) for finding in review.findings]
    if lines:
        lines += ["", "`make explain rule=…` says why a rule is there and how to mend the code."]
    return "\n".join([*lines, summarise(review)])


def summarise(review: Review) -> str:
    """Return how much was found, in one line."""
    counts = Counter(finding.severity for finding in review.findings)
    parts = [f"{counts[level]} {level}" for level in Severity if counts[level]]
    return f"Found: {', '.join(parts)}." if parts else "Nothing found."


def _line(finding: Finding) -> str:
    found = finding.found
    place = f"{found.path}:{found.line}:{found.column}"
    return f"{place}: {finding.severity} [{finding.rule.id}] {found.message}"
