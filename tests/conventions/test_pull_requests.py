"""Ten pull requests to a service with notes, and the review of each.

Five are correct. Each of the others has one fault that its description hides and that no test of
the service detects.
"""

import shutil
from pathlib import Path

import pytest

from tests.conventions.reviewing import ReviewedService
from tests.history import git
from tests.rewriting import write
from tests.test_readme import steps

pytestmark = pytest.mark.xdist_group("conventions")

HERE = Path(__file__).parent / "pull_requests"
REQUESTS = sorted(path for path in HERE.glob("*.patch") if path.name != "00-create-notes.patch")
FAULTY = 5


@pytest.fixture(scope="module")
def notes(
    full_service: ReviewedService, tmp_path_factory: pytest.TempPathFactory
) -> ReviewedService:
    """The service with the feature of its README, committed on `main`."""
    folder = tmp_path_factory.mktemp("notes") / "service"
    shutil.copytree(full_service.folder, folder, ignore=shutil.ignore_patterns(".venv", "*_cache"))
    git(folder, "init", "--quiet", "--initial-branch", "main")
    for _, path, text in steps((folder / "README.md").read_text("utf-8")):
        if path:
            write(folder / path, text)
    git(folder, "apply", str(HERE / "00-create-notes.patch"))
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Notes")
    return ReviewedService(folder, python=full_service.python)


@pytest.mark.parametrize("request_file", REQUESTS, ids=lambda path: path.stem)
def test_the_review_reports_the_fault_and_nothing_else(
    notes: ReviewedService, request_file: Path
) -> None:
    git(notes.folder, "checkout", "--quiet", "-B", request_file.stem, "main")
    git(notes.folder, "apply", str(request_file))
    git(notes.folder, "add", "--all")
    git(notes.folder, "commit", "--quiet", "--message", request_file.stem)
    result = notes.review("--changed", "main", "--fail-on", "suggestion")
    assert result.stdout == request_file.with_suffix(".review.txt").read_text("utf-8")
    assert result.status == (0 if result.stdout == "Nothing found.\n" else 1)


def test_half_of_the_pull_requests_have_a_fault() -> None:
    reviews = [path.with_suffix(".review.txt").read_text("utf-8") for path in REQUESTS]
    assert len(reviews) - reviews.count("Nothing found.\n") == FAULTY
