"""The report as SARIF 2.1.0, for code scanning."""

import json
import re
from typing import Any
from urllib.parse import quote

from conventions.findings import Severity
from conventions.patches import revised_by
from conventions.reports.github import LEVELS
from conventions.reports.plain import sentence, with_fix
from conventions.review import Accepted, Finding, Review
from conventions.rule import Rule
from conventions.tools import ROOT

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = LEVELS | {Severity.SUGGESTION: "note"}
_SCORES = {
    Severity.CRITICAL: "9.1",
    Severity.BEST_PRACTICE: "6.1",
    Severity.PERFORMANCE: "3.1",
    Severity.SUGGESTION: "1.1",
}
"""Scores of the rules that are about security, in the ranges of critical, medium and low."""
_ABOUT_SECURITY = ("SEC-", "API-3", "DB-11", "ERR-2", "CODE-5")

Json = dict[str, Any]


def write_sarif(review: Review) -> str:
    """Return the findings, the accepted ones marked as such, and every rule."""
    numbers = {rule.id: number for number, rule in enumerate(review.rules)}
    results = [_result(each, numbers[each.rule.id]) for each in review.findings]
    for each in review.accepted:
        result = _result(each.finding, numbers[each.finding.rule.id])
        results.append(result | {"suppressions": [_suppression(each)]})
    driver = {
        "name": "conventions",
        "version": _version(),
        "rules": [_rule(rule) for rule in review.rules],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(review)],
        "results": results,
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _version() -> str:
    """Return the release of the template that the service has; the rules come with it."""
    answers = ROOT / ".copier-answers.yml"
    text = answers.read_text("utf-8") if answers.exists() else ""
    found = re.search(r"^_commit: (\S+)", text, re.MULTILINE)
    return found[1] if found else "unversioned"


def _invocation(review: Review) -> Json:
    problems = [text for text in (review.incompleteness, *review.crashes) if text]
    notes = [{"level": "error", "message": {"text": text}} for text in problems]
    return {"executionSuccessful": not problems, "toolExecutionNotifications": notes}


def _rule(rule: Rule) -> Json:
    text = f"{rule.why} {rule.fix}"
    examples = f"Wrong:\n\n```python\n{rule.wrong}\n```\n\nRight:\n\n```python\n{rule.right}\n```"
    properties: Json = {"tags": [rule.convention, rule.severity.option]}
    if rule.convention.startswith(_ABOUT_SECURITY):
        properties["tags"].append("security")
        properties["security-severity"] = _SCORES[rule.severity]
    return {
        "id": rule.id,
        "shortDescription": {"text": f"{rule.convention}: {rule.id.replace('-', ' ')}"},
        "fullDescription": {"text": rule.why},
        "help": {"text": text, "markdown": f"{rule.why}\n\n{rule.fix}\n\n{examples}"},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": properties,
    }


def _result(finding: Finding, number: int) -> Json:
    location = {"artifactLocation": _artifact(finding), "region": _region(finding)}
    result: Json = {
        "ruleId": finding.rule.id,
        "ruleIndex": number,
        "level": _LEVELS[finding.severity],
        "message": {"text": with_fix(finding)},
        "locations": [
            {
                "physicalLocation": location,
                "logicalLocations": [{"fullyQualifiedName": finding.identity.name}],
            }
        ],
        "partialFingerprints": {"conventions/v2": finding.fingerprint},
        "suppressions": [],
    }
    if fix := _fix(finding):
        result["fixes"] = [fix]
    return result


def _artifact(finding: Finding) -> Json:
    return {"uri": quote(finding.violation.path), "uriBaseId": "%SRCROOT%"}


def _region(finding: Finding) -> Json:
    """Return the region of a finding, which without a known end is the rest of its line."""
    violation, source = finding.violation, finding.source
    line = next(iter(source.lines[violation.line - 1 :]), "") if source else ""
    end_line = violation.end_line or violation.line
    return {
        "startLine": violation.line,
        "startColumn": violation.column,
        "endLine": end_line,
        "endColumn": violation.end_column or max(len(line) + 1, violation.column + 1),
    }


def _fix(finding: Finding) -> Json | None:
    """Return the patch of a finding as replacements of whole lines."""
    patch = finding.violation.patch
    changes = revised_by(finding)
    if patch is None or not changes:
        return None
    replacements = [
        {
            "deletedRegion": {
                "startLine": first,
                "startColumn": 1,
                "endLine": after,
                "endColumn": 1,
            },
            "insertedContent": {"text": text},
        }
        for first, after, text in changes
    ]
    kind = "Safe patch" if patch.is_safe else "Suggested patch"
    return {
        "description": {"text": f"{kind}: {sentence(finding.rule.fix)}"},
        "artifactChanges": [{"artifactLocation": _artifact(finding), "replacements": replacements}],
    }


def _suppression(accepted: Accepted) -> Json:
    if accepted.comment:
        return {"kind": "inSource", "justification": accepted.comment.reason}
    return {"kind": "external", "justification": "listed in the baseline"}
