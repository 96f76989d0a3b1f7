"""The baseline accepts present findings until they are fixed."""

import json

import pytest

from tests.conventions.invalid_file import INVALID_PATH, INVALID_TEXT
from tests.conventions.reviewing import ReviewedService, places

pytestmark = pytest.mark.xdist_group("conventions")


def test_the_baseline_accepts_findings_until_they_are_fixed(service: ReviewedService) -> None:
    service.write(INVALID_PATH, INVALID_TEXT)
    result = service.review("baseline")
    assert result.status == 0
    assert "are in conventions-baseline.json now" in result.stdout
    moved = INVALID_TEXT.replace("import os, sys", "\n\nimport os, sys")
    service.write(INVALID_PATH, moved)
    assert service.review().stdout == "Nothing found.\n"
    service.write(INVALID_PATH, moved.replace("size: int", "size: str"))
    result = service.review("--format", "json")
    assert {rule for _, _, rule in places(result)} == {"stale-baseline"}
    [stale] = [each for each in result.document["findings"] if each["rule"] == "stale-baseline"][:1]
    listed = (service.folder / stale["path"]).read_text("utf-8").splitlines()[stale["line"] - 1]
    assert json.loads(listed.rstrip(","))["problem"].startswith("bad-assignment")


def test_a_baseline_of_an_older_release_is_refused_with_the_command(
    service: ReviewedService,
) -> None:
    entry = {"rule": "types", "path": "app/x.py", "content": "size = 3"}
    service.write("conventions-baseline.json", json.dumps([entry]))
    result = service.review()
    assert (result.status, result.stdout) == (2, "")
    assert "an older release wrote it); regenerate it with `make baseline`" in result.stderr
