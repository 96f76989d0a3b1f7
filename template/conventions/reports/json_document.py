"""The report as JSON; docs/review.md in the template's repository describes its keys."""

import json
from collections import Counter
from dataclasses import asdict
from typing import Any

from conventions.findings import Severity
from conventions.patches import diff_of
from conventions.review import Finding, Review


def write_json(review: Review) -> str:
    """Return the findings, their number by severity, and the parts that were left out.

    The keys are stable: later versions may add some, and remove none.
    """
    counts = Counter(finding.severity for finding in review.findings)
    document = {
        "incomplete": review.incompleteness or None,
        "version": 1,
        "findings": [_finding(finding) for finding in review.findings],
        "counts": {level.option: counts[level] for level in Severity},
        "crashes": review.crashes,
        "gaps": review.gaps,
    }
    return json.dumps(document, indent=2)


def _finding(finding: Finding) -> dict[str, Any]:
    rule, violation = finding.rule, finding.violation
    patch = asdict(violation.patch) | {"diff": diff_of(finding)} if violation.patch else None
    return {
        "rule": rule.id,
        "keeps": rule.convention,
        "severity": finding.severity.option,
        "path": violation.path,
        "line": violation.line,
        "column": violation.column,
        "end_line": violation.end_line,
        "end_column": violation.end_column,
        "name": finding.identity.name,
        "message": violation.message,
        "why": rule.why,
        "fix": rule.fix,
        "patch": patch,
        "fingerprint": finding.fingerprint,
    }
