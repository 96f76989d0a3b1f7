"""For GitHub Actions: workflow commands, which annotate the lines of a pull request."""

from conventions.reports.text import summarise
from conventions.rule import Severity
from conventions.running import Finding, Review

_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.BEST_PRACTICE: "error",
    Severity.PERFORMANCE: "warning",
    Severity.SUGGESTION: "notice",
}


def write(review: Review) -> str:
    """Return one command a finding and a summary."""
    return "\n".join([*(_command(finding) for finding in review.findings), summarise(review)])


def _command(finding: Finding) -> str:
    rule, found = finding.rule, finding.found
    place = {
        "file": found.path,
        "line": str(found.line),
        "col": str(found.column),
        "title": f"{rule.id} ({rule.keeps}, {finding.severity})",
    }
    properties = ",".join(f"{name}={_property(value)}" for name, value in place.items())
    return f"::{_LEVELS[finding.severity]} {properties}::{_data(f'{found.message} {rule.fix}')}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
