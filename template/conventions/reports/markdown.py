"""The report in the five sections of a reviewer's report, as Markdown."""

from collections.abc import Iterable
from itertools import groupby

from conventions.findings import Severity
from conventions.patches import diff_of
from conventions.reports.plain import sentence, summarize
from conventions.review import Finding, Review
from conventions.rule import Rule

TITLES = {
    Severity.CRITICAL: "Critical Issues (must fix)",
    Severity.BEST_PRACTICE: "Best Practice Violations (should fix)",
    Severity.PERFORMANCE: "Performance Concerns (consider)",
    Severity.SUGGESTION: "Suggested Improvements (optional)",
}


def write_markdown(review: Review) -> str:
    """Return a section per severity, with the places, the reason and an example of each rule.

    The last section has the revised code: the patch of a finding, or the rule's right example.
    """
    parts = [f"**{review.incompleteness}**"] if review.incompleteness else []
    parts += ["# Review", summarize(review)]
    for level, title in TITLES.items():
        found = [finding for finding in review.findings if finding.severity is level]
        parts += [f"## {title}", *([_explained(*each) for each in _by_rule(found)] or ["Nothing."])]
    revised = [_revised(*each) for each in _by_rule(review.findings)]
    return "\n\n".join([*parts, "## Revised Code", *(revised or ["Nothing."])])


def _by_rule(findings: Iterable[Finding]) -> list[tuple[Rule, list[Finding]]]:
    """Return the findings of each rule, the rules by their first finding."""
    findings = list(findings)
    order = list(dict.fromkeys(finding.rule.id for finding in findings))
    ranked = sorted(findings, key=lambda finding: order.index(finding.rule.id))
    groups = [list(group) for _, group in groupby(ranked, key=lambda finding: finding.rule.id)]
    return [(group[0].rule, group) for group in groups]


def _explained(rule: Rule, findings: list[Finding]) -> str:
    places = [f"- {_place(each)}: {sentence(each.violation.message)}" for each in findings]
    return (
        f"### `{rule.id}` ({rule.convention})\n\n"
        + "\n".join(places)
        + f"\n\nWhy: {rule.why}\n\nFix: {rule.fix}\n\nFor example, instead of\n\n"
        + f"{_fenced(rule.wrong)}\n\nwrite\n\n{_fenced(rule.right)}"
    )


def _revised(rule: Rule, findings: list[Finding]) -> str:
    """Return the patches of a rule's findings, and its right example for those without one."""
    parts = [
        f"{_place(each)}, `{rule.id}`: {_status(each)}\n\n{_fenced(diff, 'diff')}"
        for each in findings
        if (diff := diff_of(each))
    ]
    if other := [each for each in findings if not diff_of(each)]:
        places = ", ".join(_place(each) for each in other)
        parts.append(f"{places}, `{rule.id}`: after this example\n\n{_fenced(rule.right)}")
    return "\n\n".join(parts)


def _status(finding: Finding) -> str:
    patch = finding.violation.patch
    if patch and patch.is_safe:
        return "safe patch, which `make review fix=1` applies"
    return "suggested patch; read it before you apply it with `git apply`"


def _place(finding: Finding) -> str:
    return f"`{finding.violation.path}:{finding.violation.line}`"


def _fenced(text: str, language: str = "python") -> str:
    return f"```{language}\n{text.rstrip()}\n```"
