"""The report of a review, in each format."""

import re

import pytest

from tests.conventions.invalid_file import INVALID_PATH
from tests.conventions.reviewing import ReviewedService, places

pytestmark = pytest.mark.xdist_group("conventions")


def test_text_begins_with_places_and_ends_with_a_summary(invalid_service: ReviewedService) -> None:
    result = invalid_service.review("review")
    assert result.status == 1
    assert f"{INVALID_PATH}:4:9: best practice [lint] E402" in result.stdout
    assert "Patches: 1 safe (`make review fix=1` applies them), 0 suggested" in result.stdout
    assert re.search(r"Found: 1 critical, \d+ best practice, 1 suggestion\.\n\Z", result.stdout)


def test_json_has_each_finding_with_its_rule(invalid_service: ReviewedService) -> None:
    result = invalid_service.review("--format", "json", "--fail-on", "never")
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


def test_markdown_has_the_five_sections_of_a_reviewer(invalid_service: ReviewedService) -> None:
    result = invalid_service.review("--format", "markdown", "--fail-on", "never")
    assert result.status == 0
    headings = re.findall(r"^## (.+)$", result.stdout, re.MULTILINE)
    assert headings == [
        "Critical Issues (must fix)",
        "Best Practice Violations (should fix)",
        "Performance Concerns (consider)",
        "Suggested Improvements (optional)",
        "Revised Code",
    ]


def test_markdown_explains_a_rule_once_with_its_places_and_an_example(
    invalid_service: ReviewedService,
) -> None:
    text = invalid_service.review("--format", "markdown").stdout
    explained, _, revised = text.partition("## Revised Code")
    assert "## Critical Issues (must fix)\n\n### `types` (CODE-1)\n" in explained
    assert f"\n- `{INVALID_PATH}:7`: Bad-assignment: " in explained
    assert explained.count("Why: Without a reason, a later reader cannot") == 1
    assert explained.count("(REV-1)\n\n- ") == 2
    assert '```python\nretries: int = "3"\n```\n\nwrite\n\n```python\n' in explained
    assert f"`{INVALID_PATH}:9`, `unused-suppression`: safe patch, which" in revised
    assert "\n-# conventions: ignore[types] nothing is wrong with\n" in revised
    assert (
        f"`{INVALID_PATH}:7`, `types`: after this example\n\n```python\nretries: int = 3\n"
        in revised
    )


def test_github_gets_one_escaped_command_for_each_finding(invalid_service: ReviewedService) -> None:
    result = invalid_service.review(
        "--format", "github", "--output", str(invalid_service.folder / "report.txt")
    )
    assert (result.status, result.stdout) == (1, "")
    *commands, summary = (invalid_service.folder / "report.txt").read_text("utf-8").splitlines()
    assert summary.startswith("Found: ")
    place = r"file=[^,:]+,line=\d+,col=\d+,endLine=\d+,title=[^,:]+"
    pattern = rf"::(error|warning|notice) {place}::([A-Z`].*[.?!])"
    found = [re.fullmatch(pattern, command) for command in commands]
    assert all(found)
    sentences = [sentence for one in found if one for sentence in one[2].split(". ")]
    assert all(re.match("[A-Z`]", sentence) for sentence in sentences)
    escaping = "from conventions.reports.github import escape_property as p; print(p('%,:\\r\\n'))"
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
    found = [result for result in run["results"] if not result["suppressions"]]
    for result in found:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"error", "warning", "note"}
        assert result["message"]["text"]
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == INVALID_PATH
        region = place["region"]
        start = (region["startLine"], region["startColumn"])
        assert (1, 1) <= start < (region["endLine"], region["endColumn"])
    assert run["tool"]["driver"]["version"]
    fingerprints = [result["partialFingerprints"]["conventions/v2"] for result in run["results"]]
    assert len(set(fingerprints)) == len(fingerprints) > 0


def test_sarif_has_patches_accepted_findings_and_scores(invalid_service: ReviewedService) -> None:
    [run] = invalid_service.review("--format", "sarif").document["runs"]
    scores = {
        rule["id"]: rule["properties"].get("security-severity")
        for rule in run["tool"]["driver"]["rules"]
    }
    assert float(scores["string-built-sql"]) >= 9
    assert scores["long-file"] is None
    assert len([score for score in scores.values() if score]) > 20
    here = [
        result
        for result in run["results"]
        if result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == INVALID_PATH
    ]
    [fixed] = [result for result in here if "fixes" in result]
    [fix] = fixed["fixes"]
    [change] = fix["artifactChanges"]
    assert fixed["ruleId"] == "unused-suppression"
    assert fix["description"]["text"].startswith("Safe patch: ")
    assert change["replacements"] == [
        {
            "deletedRegion": {"startLine": 9, "startColumn": 1, "endLine": 10, "endColumn": 1},
            "insertedContent": {"text": ""},
        }
    ]
    [accepted] = [result for result in here if result["suppressions"]]
    assert accepted["ruleId"] == "types"
    assert accepted["suppressions"] == [
        {"kind": "inSource", "justification": "the caller turns it into a number"}
    ]
