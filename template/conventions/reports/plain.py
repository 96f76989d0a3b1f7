"""The report for a terminal, and the sentences that every format uses."""

from collections import Counter

from conventions.findings import Severity
from conventions.review import Finding, Review


def write_text(review: Review) -> str:
    """Return one line per finding, each with its place first so that editors can open it."""
    lines = [review.incompleteness] if review.incompleteness else []
    lines += [_text_line(finding) for finding in review.findings]
    if review.findings:
        lines += ["", "`make explain rule=…` explains a rule and how to fix its findings."]
    return "\n".join([*lines, *_patches(review), summarize(review)])


def summarize(review: Review) -> str:
    """Return the number of findings by severity, on one line."""
    counts = Counter(finding.severity for finding in review.findings)
    if parts := [f"{counts[level]} {level}" for level in Severity if counts[level]]:
        return f"Found: {', '.join(parts)}."
    return "The rules that ran found nothing." if review.incompleteness else "Nothing found."


def with_fix(finding: Finding) -> str:
    """Return the message of a finding and the instructions to fix it, as sentences."""
    return f"{sentence(finding.violation.message)} {sentence(finding.rule.fix)}"


def sentence(text: str) -> str:
    """Return a text with a capital at its beginning and a full stop at its end."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def _text_line(finding: Finding) -> str:
    violation = finding.violation
    place = f"{violation.path}:{violation.line}:{violation.column}"
    return f"{place}: {finding.severity} [{finding.rule.id}] {violation.message}"


def _patches(review: Review) -> list[str]:
    patches = [each.violation.patch for each in review.findings if each.violation.patch]
    safe = sum(patch.is_safe for patch in patches)
    kinds = [
        f"{safe} safe (`make review fix=1` applies them)",
        f"{len(patches) - safe} suggested (`make review format=markdown` shows them)",
    ]
    return [f"Patches: {', '.join(kinds)}."] if patches else []
