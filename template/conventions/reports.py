"""The formats of a report: text, JSON, Markdown, GitHub annotations and SARIF 2.1.0."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from conventions.findings import Severity
from conventions.patches import apply_to_text, patches_by_source, unified_diff_of
from conventions.review import Finding, Review
from conventions.rule import Rule

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_TITLES = {
    Severity.CRITICAL: "Critical",
    Severity.BEST_PRACTICE: "Best practice",
    Severity.PERFORMANCE: "Performance",
    Severity.SUGGESTION: "Suggestions",
}
_GITHUB_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.BEST_PRACTICE: "error",
    Severity.PERFORMANCE: "warning",
    Severity.SUGGESTION: "notice",
}
_SARIF_LEVELS = _GITHUB_LEVELS | {Severity.SUGGESTION: "note"}


def write_text(review: Review) -> str:
    """Return one line per finding, each with its place first so that editors can open it."""
    lines = [_text_line(finding) for finding in review.findings]
    if lines:
        lines += ["", "`make explain rule=…` explains a rule and how to fix its findings."]
    return "\n".join([*lines, summarize(review)])


def summarize(review: Review) -> str:
    """Return the number of findings by severity, on one line."""
    counts = Counter(finding.severity for finding in review.findings)
    parts = [f"{counts[level]} {level}" for level in Severity if counts[level]]
    return f"Found: {', '.join(parts)}." if parts else "Nothing found."


def _text_line(finding: Finding) -> str:
    violation = finding.violation
    place = f"{violation.path}:{violation.line}:{violation.column}"
    return f"{place}: {finding.severity} [{finding.rule.id}] {violation.message}"


def _with_fix(finding: Finding) -> str:
    return f"{finding.violation.message}. {finding.rule.fix}"


def write_json(review: Review) -> str:
    """Return the findings, their number by severity, and the rules that crashed.

    The keys are stable: later versions may add some, and remove none.
    """
    counts = Counter(finding.severity for finding in review.findings)
    document = {
        "version": 1,
        "findings": [_json_finding(finding) for finding in review.findings],
        "counts": {level.option: counts[level] for level in Severity},
        "crashes": review.crashes,
    }
    return json.dumps(document, indent=2)


def _json_finding(finding: Finding) -> dict[str, Any]:
    rule, violation = finding.rule, finding.violation
    return {
        "rule": rule.id,
        "keeps": rule.convention,
        "severity": finding.severity.option,
        "path": violation.path,
        "line": violation.line,
        "column": violation.column,
        "message": violation.message,
        "why": rule.why,
        "fix": rule.fix,
        "patch": asdict(violation.patch) if violation.patch else None,
    }


def write_markdown(review: Review) -> str:
    """Return a section per severity, with the reason and the fix of each finding, then patches."""
    parts = ["# Review", summarize(review)]
    for level, title in _TITLES.items():
        findings = [finding for finding in review.findings if finding.severity is level]
        items = [_markdown_item(finding) for finding in findings]
        parts += [f"## {title}", *(items or ["Nothing."])]
    if diffs := _diffs(review):
        parts += ["## Proposed patches", "`make review fix=1` applies them.", *diffs]
    return "\n\n".join(parts)


def _markdown_item(finding: Finding) -> str:
    rule, violation = finding.rule, finding.violation
    place = f"`{violation.path}:{violation.line}`"
    return (
        f"- **`{rule.id}`** at {place} ({rule.convention}): {violation.message}\n"
        f"  - Why: {rule.why}\n"
        f"  - Fix: {rule.fix}"
    )


def _diffs(review: Review) -> list[str]:
    patches = patches_by_source(review).items()
    texts = [(source, apply_to_text(source, proposed)[0]) for source, proposed in patches]
    return [f"```diff\n{unified_diff_of(source, text)}```" for source, text in texts]


def write_github(review: Review) -> str:
    """Return one workflow command per finding, which annotates its line in the pull request."""
    return "\n".join([*(_command(finding) for finding in review.findings), summarize(review)])


def _command(finding: Finding) -> str:
    rule, violation = finding.rule, finding.violation
    place = {
        "file": violation.path,
        "line": str(violation.line),
        "col": str(violation.column),
        "title": f"{rule.id} ({rule.convention}, {finding.severity})",
    }
    properties = ",".join(f"{name}={escape_property(value)}" for name, value in place.items())
    level = _GITHUB_LEVELS[finding.severity]
    return f"::{level} {properties}::{escape_data(_with_fix(finding))}"


def escape_data(text: str) -> str:
    """Escape the text of a workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """Escape a property of a workflow command."""
    return escape_data(text).replace(":", "%3A").replace(",", "%2C")


def write_sarif(review: Review) -> str:
    """Return the findings and every rule, for code scanning."""
    rules = {rule.id: number for number, rule in enumerate(review.rules)}
    seen: Counter[tuple[str, ...]] = Counter()
    results: list[dict[str, Any]] = []
    for finding in review.findings:
        entry = finding.baseline_entry
        seen[entry] += 1
        results.append(_sarif_result(finding, rules[finding.rule.id], nth=seen[entry]))
    crashes = [{"level": "error", "message": {"text": crash}} for crash in review.crashes]
    invocation = {
        "executionSuccessful": not review.crashes,
        "toolExecutionNotifications": crashes,
    }
    rules_of_run = [_sarif_rule(rule) for rule in review.rules]
    run = {
        "tool": {"driver": {"name": "conventions", "rules": rules_of_run}},
        "columnKind": "unicodeCodePoints",
        "invocations": [invocation],
        "results": results,
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _sarif_rule(rule: Rule) -> dict[str, Any]:
    text = f"{rule.why} {rule.fix}"
    examples = f"Wrong:\n\n```python\n{rule.wrong}\n```\n\nRight:\n\n```python\n{rule.right}\n```"
    return {
        "id": rule.id,
        "shortDescription": {"text": f"{rule.convention}: {rule.id.replace('-', ' ')}"},
        "fullDescription": {"text": rule.why},
        "help": {"text": text, "markdown": f"{rule.why}\n\n{rule.fix}\n\n{examples}"},
        "defaultConfiguration": {"level": _SARIF_LEVELS[rule.severity]},
        "properties": {"tags": [rule.convention, rule.severity.option]},
    }


def _sarif_result(finding: Finding, number: int, *, nth: int) -> dict[str, Any]:
    violation = finding.violation
    digest = sha256("\0".join([*finding.baseline_entry, str(nth)]).encode()).hexdigest()
    location = {
        "artifactLocation": {"uri": quote(violation.path), "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": violation.line, "startColumn": violation.column},
    }
    return {
        "ruleId": finding.rule.id,
        "ruleIndex": number,
        "level": _SARIF_LEVELS[finding.severity],
        "message": {"text": _with_fix(finding)},
        "locations": [{"physicalLocation": location}],
        "partialFingerprints": {"conventions/v1": digest},
    }


REPORTS: dict[str, Callable[[Review], str]] = {
    "github": write_github,
    "json": write_json,
    "markdown": write_markdown,
    "sarif": write_sarif,
    "text": write_text,
}
