"""What a review says, in each form that it can be asked for."""

import re

import pytest

from tests.conventions.reviewing import Reviewed, places
from tests.conventions.rough import ROUGH

pytestmark = pytest.mark.xdist_group("conventions")


def test_text_says_the_place_first_and_sums_up_at_the_end(rough: Reviewed) -> None:
    answer = rough.review("review")
    assert answer.status == 1
    assert f"{ROUGH}:4:8: best practice [lint] E402" in answer.output
    assert re.search(r"Found: \d+ best practice, 1 suggestion\.\n\Z", answer.output)


def test_json_holds_each_finding_with_its_rule(rough: Reviewed) -> None:
    answer = rough.review("--format", "json", "--fail-on", "critical")
    assert answer.status == 0
    assert [place for place in places(answer) if place[2] != "lint"] == [
        (ROUGH, 7, "types"),
        (ROUGH, 7, "empty-suppression"),
        (ROUGH, 9, "unused-suppression"),
        (ROUGH, 12, "empty-suppression"),
    ]
    document = answer.document
    assert document["version"] == 1
    assert document["counts"]["suggestion"] == 1
    assert set(document["findings"][0]) >= {"keeps", "severity", "column", "message", "why", "fix"}


def test_markdown_has_a_section_for_each_severity(rough: Reviewed) -> None:
    answer = rough.review("--format", "markdown", "--fail-on", "never")
    assert answer.status == 0
    headings = re.findall(r"^## (.+)$", answer.output, re.MULTILINE)
    assert headings == ["Critical", "Best practice", "Performance", "Suggestions"]
    assert f"- **`types`** at `{ROUGH}:7` (CODE-1): " in answer.output
    assert "  - Why: What the types rule out" in answer.output


def test_github_gets_one_escaped_command_for_each_finding(rough: Reviewed) -> None:
    answer = rough.review("--format", "github", "--output", str(rough.folder / "report.txt"))
    assert (answer.status, answer.output) == (1, "")
    *commands, summary = (rough.folder / "report.txt").read_text("utf-8").splitlines()
    assert summary.startswith("Found: ")
    pattern = r"::(error|warning|notice) file=[^,:]+,line=\d+,col=\d+,title=[^,:]+::.+"
    assert all(re.fullmatch(pattern, command) for command in commands)
    escaping = "from conventions.reports.github import _data, _property as p; print(p('%,:\\r\\n'))"
    assert rough.run(escaping) == "%25%2C%3A%0D%0A\n"


def test_sarif_is_as_its_standard_says(rough: Reviewed) -> None:
    document = rough.review("--format", "sarif").document
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
        assert place["artifactLocation"]["uri"] == ROUGH
        assert min(place["region"].values()) >= 1
    fingerprints = [result["partialFingerprints"]["conventions/v1"] for result in run["results"]]
    assert len(set(fingerprints)) == len(fingerprints) > 0
