"""Running every rule over a service: findings in a fixed order, each once."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from conventions.baseline import Entry
from conventions.changes import Changes
from conventions.rule import Found, Rule, Severity
from conventions.service import NotReadable, Service
from conventions.source import Source


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a rule found.

    Attributes:
        rule: The rule.
        severity: How much it matters in this service.
        found: Where, and what.
        source: The file; `None` for one that is not Python, or cannot be parsed.
    """

    rule: Rule
    severity: Severity
    found: Found
    source: Source | None

    @property
    def entry(self) -> Entry:
        """What it is known again by when the lines above it change."""
        content = self.source.line(self.found.line) if self.source else self.found.message
        return self.rule.id, self.found.path, content

    @property
    def place(self) -> tuple[str, int, int, str, str]:
        """What findings are ordered by."""
        found = self.found
        return found.path, found.line, found.column, self.rule.id, found.message


@dataclass(frozen=True, kw_only=True)
class Review:
    """What running the rules came to.

    Attributes:
        rules: Those that ran.
        findings: What they found, in the order of its places.
        crashes: Those that failed themselves, and with what.
    """

    rules: tuple[Rule, ...]
    findings: list[Finding] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)

    def only(self, changes: Changes) -> "Review":
        """Return the same, without findings in code that was not changed."""
        kept = [
            finding
            for finding in self.findings
            if finding.rule.id == "broken-code"
            or changes.touch(finding.found.path, finding.found.line, finding.source)
        ]
        return replace(self, findings=kept)


def run(rules: Iterable[Rule], service: Service) -> Review:
    """Run the rules that pyproject.toml does not switch off, in their order."""
    configuration = service.configuration
    review = Review(rules=tuple(rule for rule in rules if rule.id not in configuration.disable))
    for rule in review.rules:
        severity = configuration.severity.get(rule.id, rule.severity)
        for found in dict.fromkeys(_check(rule, service, review)):
            service.found.add((rule.id, found.path, found.line))
            source = service.source(found.path)
            finding = Finding(rule=rule, severity=severity, found=found, source=source)
            if not _is_accepted(finding, service):
                review.findings.append(finding)
    review.findings.sort(key=lambda finding: finding.place)
    return review


def _check(rule: Rule, service: Service, review: Review) -> list[Found]:
    try:
        return list(rule.check(service))
    except NotReadable:
        return []  # what cannot be read is a finding of its own
    except Exception as error:  # noqa: BLE001 - a rule that fails must not hide what others find
        service.crashed.add(rule.id)
        review.crashes.append(f"{rule.id}: {type(error).__name__}: {error}")
        return []


def _is_accepted(finding: Finding, service: Service) -> bool:
    found = finding.found
    if service.configuration.excludes(found.path):
        return True
    comments = [each for each in service.suppressions if each.path == found.path]
    accepted = [each for each in comments if each.accepts(finding.rule.id, found.line)]
    return bool(accepted) or service.baseline.accepts(finding.entry)
