"""For programs. The shape is stable: a later version may add keys, and takes none away."""

import json
from collections import Counter
from dataclasses import asdict
from typing import Any

from conventions.rule import Severity
from conventions.running import Finding, Review


def write(review: Review) -> str:
    """Return the findings in their order, how many there are by severity, and rules that failed."""
    counts = Counter(finding.severity for finding in review.findings)
    document = {
        "version": 1,
        "findings": [_finding(finding) for finding in review.findings],
        "counts": {level.option: counts[level] for level in Severity},
        "crashes": review.crashes,
    }
    return json.dumps(document, indent=2)


def _finding(finding: Finding) -> dict[str, Any]:
    rule, found = finding.rule, finding.found
    return {
        "rule": rule.id,
        "keeps": rule.keeps,
        "severity": finding.severity.option,
        "path": found.path,
        "line": found.line,
        "column": found.column,
        "message": found.message,
        "why": rule.why,
        "fix": rule.fix,
        "patch": asdict(found.patch) if found.patch else None,
    }
