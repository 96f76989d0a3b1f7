"""The report as workflow commands, which annotate the lines of a pull request."""

from conventions.findings import Severity
from conventions.reports.plain import sentence, summarize, with_fix
from conventions.review import Finding, Review

LEVELS = {
    Severity.CRITICAL: "error",
    Severity.BEST_PRACTICE: "error",
    Severity.PERFORMANCE: "warning",
    Severity.SUGGESTION: "notice",
}


def write_github(review: Review) -> str:
    """Return one workflow command per finding, which annotates its line in the pull request."""
    text = escape_data(review.incompleteness)
    first = [f"::error title=Incomplete review::{text}"] if text else []
    commands = (_command(finding) for finding in review.findings)
    return "\n".join([*first, *commands, summarize(review)])


def _command(finding: Finding) -> str:
    rule, violation = finding.rule, finding.violation
    place = {
        "file": violation.path,
        "line": str(violation.line),
        "col": str(violation.column),
        "endLine": str(violation.end_line or violation.line),
        "title": f"{sentence(finding.severity)[:-1]}: {rule.id} ({rule.convention})",
    }
    properties = ",".join(f"{name}={escape_property(value)}" for name, value in place.items())
    return f"::{LEVELS[finding.severity]} {properties}::{escape_data(with_fix(finding))}"


def escape_data(text: str) -> str:
    """Escape the text of a workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """Escape a property of a workflow command."""
    return escape_data(text).replace(":", "%3A").replace(",", "%2C")
