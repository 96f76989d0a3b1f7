"""Running the rules over a service: findings in a fixed order, without duplicates."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from conventions.accepted import Entry
from conventions.changes import ChangedLines
from conventions.findings import Severity, Violation
from conventions.rule import Rule
from conventions.service import LoadError, Service
from conventions.source import Source


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A reported violation.

    Attributes:
        rule: The rule.
        severity: Its severity in this service.
        violation: The place and the message.
        source: The file; `None` if it is not Python or cannot be parsed.
    """

    rule: Rule
    severity: Severity
    violation: Violation
    source: Source | None

    @property
    def baseline_entry(self) -> Entry:
        """The entry of this finding in the baseline; it has no line number, so that it can move."""
        violation = self.violation
        content = self.source.line(violation.line) if self.source else violation.message
        return self.rule.id, violation.path, content

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        """The position of this finding in reports."""
        violation = self.violation
        place = violation.path, violation.line, violation.column
        return *place, self.rule.id, violation.message


@dataclass(frozen=True, kw_only=True)
class Review:
    """The result of running the rules.

    Attributes:
        rules: The rules that ran.
        findings: Their findings, sorted by place.
        crashes: The rules that raised an exception, each with its text.
    """

    rules: tuple[Rule, ...]
    findings: list[Finding] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)

    def limited_to(self, changes: ChangedLines) -> "Review":
        """Return the review without findings in unchanged code."""
        kept = [
            finding
            for finding in self.findings
            if finding.rule.id == "broken-code"
            or changes.touch(finding.violation.path, finding.violation.line, finding.source)
        ]
        return replace(self, findings=kept)


def run_rules(rules: Iterable[Rule], service: Service) -> Review:
    """Run the rules that pyproject.toml does not disable, in their order."""
    configuration = service.configuration
    review = Review(rules=tuple(rule for rule in rules if rule.id not in configuration.disable))
    for rule in review.rules:
        severity = configuration.severity.get(rule.id, rule.severity)
        for violation in dict.fromkeys(_check(rule, service, review)):
            service.reported.add((rule.id, violation.path, violation.line))
            source = service.source(violation.path)
            finding = Finding(rule=rule, severity=severity, violation=violation, source=source)
            if not _is_accepted(finding, service):
                review.findings.append(finding)
    review.findings.sort(key=lambda finding: finding.sort_key)
    return review


def _check(rule: Rule, service: Service, review: Review) -> list[Violation]:
    try:
        return list(rule.check(service))
    except LoadError:
        return []  # `broken-code` reports it
    except Exception as error:  # noqa: BLE001 - a failing rule must not hide the other findings
        service.failed_rules.add(rule.id)
        review.crashes.append(f"{rule.id}: {type(error).__name__}: {error}")
        return []


def _is_accepted(finding: Finding, service: Service) -> bool:
    violation = finding.violation
    if service.configuration.excludes(violation.path):
        return True
    comments = [each for each in service.suppressions if each.path == violation.path]
    # All of them, not any(): each that matches is marked as used.
    accepted = [each for each in comments if each.accepts(finding.rule.id, violation.line)]
    return bool(accepted) or service.baseline.accepts(finding.baseline_entry)
