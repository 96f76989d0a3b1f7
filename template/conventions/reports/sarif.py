"""For code scanning: SARIF 2.1.0."""

import json
from collections import Counter
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from conventions.rule import Rule, Severity
from conventions.running import Finding, Review

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.BEST_PRACTICE: "error",
    Severity.PERFORMANCE: "warning",
    Severity.SUGGESTION: "note",
}


def write(review: Review) -> str:
    """Return the findings, and every rule with its explanation."""
    rules = {rule.id: number for number, rule in enumerate(review.rules)}
    seen: Counter[tuple[str, ...]] = Counter()
    results: list[dict[str, Any]] = []
    for finding in review.findings:
        seen[finding.entry] += 1
        results.append(_result(finding, rules[finding.rule.id], nth=seen[finding.entry]))
    driver = {"name": "conventions", "rules": [_rule(rule) for rule in review.rules]}
    invocation = {
        "executionSuccessful": not review.crashes,
        "toolExecutionNotifications": [
            {"level": "error", "message": {"text": crash}} for crash in review.crashes
        ],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [invocation],
        "results": results,
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(rule: Rule) -> dict[str, Any]:
    text = f"{rule.why} {rule.fix}"
    examples = f"Wrong:\n\n```python\n{rule.wrong}\n```\n\nRight:\n\n```python\n{rule.right}\n```"
    return {
        "id": rule.id,
        "shortDescription": {"text": f"{rule.keeps}: {rule.id.replace('-', ' ')}"},
        "fullDescription": {"text": rule.why},
        "help": {"text": text, "markdown": f"{rule.why}\n\n{rule.fix}\n\n{examples}"},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": [rule.keeps, rule.severity.option]},
    }


def _result(finding: Finding, number: int, *, nth: int) -> dict[str, Any]:
    found = finding.found
    digest = sha256("\0".join([*finding.entry, str(nth)]).encode()).hexdigest()
    return {
        "ruleId": finding.rule.id,
        "ruleIndex": number,
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{found.message} {finding.rule.fix}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(found.path), "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": found.line, "startColumn": found.column},
                }
            }
        ],
        "partialFingerprints": {"conventions/v1": digest},
    }
