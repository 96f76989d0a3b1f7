"""Running every rule over a service: findings in a fixed order, each once."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from conventions.rule import Found, Rule, Severity
from conventions.service import NotReadable, Service


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a rule found, and how much it matters in this service."""

    rule: Rule
    severity: Severity
    found: Found
    content: str
    """The line itself, by which the finding is known again when the lines above it change."""

    @property
    def key(self) -> tuple[str, int, int, str, str]:
        """What findings are ordered by and told apart by."""
        found = self.found
        return found.path, found.line, found.column, self.rule.id, found.message


@dataclass(kw_only=True)
class Review:
    """What running the rules came to."""

    findings: list[Finding] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)
    """Rules that failed themselves, and with what."""


def run(rules: Iterable[Rule], service: Service) -> Review:
    """Run the rules that pyproject.toml does not switch off."""
    review = Review()
    configuration = service.configuration
    findings: dict[tuple[object, ...], Finding] = {}
    for rule in rules:
        if rule.id in configuration.disable:
            continue
        severity = configuration.severity.get(rule.id, rule.severity)
        for found in _check(rule, service, review):
            if not service.is_excluded(found.path):
                content = service.line(found.path, found.line)
                finding = Finding(rule=rule, severity=severity, found=found, content=content)
                findings[finding.key] = finding
    review.findings = sorted(findings.values(), key=lambda finding: finding.key)
    return review


def _check(rule: Rule, service: Service, review: Review) -> list[Found]:
    try:
        return list(rule.check(service))
    except NotReadable:
        return []  # what cannot be read is a finding of its own
    except Exception as error:  # noqa: BLE001 - a rule that fails must not hide what others find
        review.crashes.append(f"{rule.id}: {type(error).__name__}: {error}")
        return []
