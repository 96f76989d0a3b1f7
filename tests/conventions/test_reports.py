"""The report of a review, in each format."""

import re

import pytest

from tests.conventions.invalid_file import INVALID_PATH
from tests.conventions.reviewing import ReviewedService, places

pytestmark = pytest.mark.xdist_group("conventions")


def test_text_begins_with_places_and_ends_with_a_summary(invalid_service: ReviewedService) -> None:
    result = invalid_service.review("review")
    assert result.status == 1
    assert f"{INVALID_PATH}:4:8: best practice [lint] E402" in result.stdout
    assert re.search(r"Found: \d+ best practice, 1 suggestion\.\n\Z", result.stdout)


def test_json_has_each_finding_with_its_rule(invalid_service: ReviewedService) -> None:
    result = invalid_service.review("--format", "json", "--fail-on", "critical")
    assert result.status == 0
    assert [place for place in places(result) if place[2] != "lint"] == [
        (INVALID_PATH, 7, "types"),
        (INVALID_PATH, 7, "empty-suppression"),
        (INVALID_PATH, 9, "unused-suppression"),
        (INVALID_PATH, 12, "empty-suppression"),
    ]
    document = result.document
    assert document["version"] == 1
    assert document["counts"]["suggestion"] == 1
    assert set(document["findings"][0]) >= {"keeps", "severity", "column", "message", "why", "fix"}


def test_markdown_has_a_section_for_each_severity(invalid_service: ReviewedService) -> None:
    result = invalid_service.review("--format", "markdown", "--fail-on", "never")
    assert result.status == 0
    headings = re.findall(r"^## (.+)$", result.stdout, re.MULTILINE)
    assert headings == ["Critical", "Best practice", "Performance", "Suggestions"]
    assert f"- **`types`** at `{INVALID_PATH}:7` (CODE-1): " in result.stdout
    assert "  - Why: A type error is a bug" in result.stdout


def test_github_gets_one_escaped_command_for_each_finding(invalid_service: ReviewedService) -> None:
    result = invalid_service.review(
        "--format", "github", "--output", str(invalid_service.folder / "report.txt")
    )
    assert (result.status, result.stdout) == (1, "")
    *commands, summary = (invalid_service.folder / "report.txt").read_text("utf-8").splitlines()
    assert summary.startswith("Found: ")
    pattern = r"::(error|warning|notice) file=[^,:]+,line=\d+,col=\d+,title=[^,:]+::.+"
    assert all(re.fullmatch(pattern, command) for command in commands)
    escaping = "from conventions.reports import escape_property as p; print(p('%,:\\r\\n'))"
    assert invalid_service.run(escaping) == "%25%2C%3A%0D%0A\n"


def test_sarif_conforms_to_its_standard(invalid_service: ReviewedService) -> None:
    document = invalid_service.review("--format", "sarif").document
    assert document["version"] == "2.1.0"
    assert document["$schema"].endswith("sarif-2.1.0.json")
    [run] = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    assert all(rule["help"]["text"] and rule["fullDescription"]["text"] for rule in rules)
    assert {rule["defaultConfiguration"]["level"] for rule in rules} <= {"error", "warning", "note"}
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"error", "warning", "note"}
        assert result["message"]["text"]
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == INVALID_PATH
        assert min(place["region"].values()) >= 1
    fingerprints = [result["partialFingerprints"]["conventions/v1"] for result in run["results"]]
    assert len(set(fingerprints)) == len(fingerprints) > 0
