"""Running the rules over a service: findings in a fixed order, without duplicates."""

from collections import Counter
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field, replace

from conventions.findings import Severity, Violation
from conventions.identity import Identity, identify
from conventions.rule import Rule
from conventions.service import LoadError, Service
from conventions.source import Source
from conventions.suppressions import Suppression


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A reported violation.

    Attributes:
        rule: The rule.
        severity: Its severity in this service.
        violation: The place and the message.
        source: The file; `None` if it is not Python or cannot be parsed.
        identity: The same for this finding after an edit elsewhere in the file.
        occurrence: Tells apart findings of one identity, counted from 1.
    """

    rule: Rule
    severity: Severity
    violation: Violation
    source: Source | None
    identity: Identity
    occurrence: int = 1

    @property
    def fingerprint(self) -> str:
        """The digest by which two reviews find the same finding."""
        return self.identity.fingerprint(self.occurrence)

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        """The position of this finding in reports."""
        violation = self.violation
        place = violation.path, violation.line, violation.column
        return *place, self.rule.id, violation.message


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """A finding that is not reported, with the reason.

    Attributes:
        finding: The finding.
        comment: The comment that accepts it; `None` if the baseline does.
    """

    finding: Finding
    comment: Suppression | None


@dataclass(frozen=True, kw_only=True)
class Review:
    """The result of running the rules.

    Attributes:
        rules: The rules that ran.
        findings: Their findings, sorted by place.
        accepted: The findings that a comment or the baseline accepts.
        crashes: The rules that raised an exception, each with its text.
        gaps: The rules and files that were left out, each with the reason.
    """

    rules: tuple[Rule, ...]
    findings: list[Finding] = field(default_factory=list)
    accepted: list[Accepted] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)

    @property
    def incompleteness(self) -> str:
        """One sentence that names the rules and files that were left out; empty if none were."""
        failed = [crash for crash in self.crashes if not any(crash in gap for gap in self.gaps)]
        parts = [*(f"a rule failed: {crash}" for crash in failed), *self.gaps]
        return f"The review is incomplete: {'; '.join(parts)}." if parts else ""

    def without(self, fingerprints: Container[str]) -> "Review":
        """Return the review without known findings; code that cannot be loaded is always new."""
        kept = [
            finding
            for finding in self.findings
            if finding.rule.id == "broken-code" or finding.fingerprint not in fingerprints
        ]
        return replace(self, findings=kept)


def run_rules(rules: Iterable[Rule], service: Service) -> Review:
    """Run the rules that pyproject.toml does not disable, in their order."""
    configuration = service.configuration
    review = Review(rules=tuple(rule for rule in rules if rule.id not in configuration.disable))
    findings: list[Finding] = []
    for rule in review.rules:
        for violation in dict.fromkeys(_check(rule, service, review)):
            service.reported.add((rule.id, violation.path, violation.line))
            if not configuration.excludes(violation.path):
                finding = _finding(rule, violation, service)
                findings += () if _is_accepted(finding, service, review) else (finding,)
    # Accepted ones last: accepting one finding must not change the fingerprints of the others.
    seen: Counter[Identity] = Counter()
    review.findings.extend(_numbered(findings, seen))
    review.accepted[:] = [
        replace(each, finding=replace(each.finding, occurrence=_count(each.finding, seen)))
        for each in sorted(review.accepted, key=lambda each: each.finding.sort_key)
    ]
    review.gaps.extend(service.gaps.summary())
    return review


def _finding(rule: Rule, violation: Violation, service: Service) -> Finding:
    source = service.source(violation.path)
    return Finding(
        rule=rule,
        severity=service.configuration.severity.get(rule.id, rule.severity),
        violation=violation,
        source=source,
        identity=identify(rule.id, violation, source),
    )


def _check(rule: Rule, service: Service, review: Review) -> list[Violation]:
    try:
        return [_checked(each) for each in rule.check(service)]
    except LoadError as error:
        service.gaps.leave_out([rule.id], because=str(error))  # `broken-code` reports it
        return []
    except Exception as error:  # noqa: BLE001 - a failing rule must not hide the other findings
        service.failed_rules.add(rule.id)
        review.crashes.append(f"{rule.id}: {type(error).__name__}: {error}")
        return []


def _checked(violation: object) -> Violation:
    if isinstance(violation, Violation):
        return violation
    message = f"it yielded {violation!r}, which is no Violation"
    raise TypeError(message)


def _is_accepted(finding: Finding, service: Service, review: Review) -> bool:
    violation = finding.violation
    comments = [each for each in service.suppressions if each.path == violation.path]
    # All of them, not any(): each that matches is marked as used.
    matching = [each for each in comments if each.accepts(finding.rule.id, violation.line)]
    if not matching and not service.baseline.accepts(finding.identity):
        return False
    review.accepted.append(Accepted(finding=finding, comment=next(iter(matching), None)))
    return True


def _numbered(findings: Iterable[Finding], seen: Counter[Identity]) -> Iterator[Finding]:
    """Yield the findings by place, those of one identity numbered."""
    for finding in sorted(findings, key=lambda each: each.sort_key):
        yield replace(finding, occurrence=_count(finding, seen))


def _count(finding: Finding, seen: Counter[Identity]) -> int:
    seen[finding.identity] += 1
    return seen[finding.identity]
