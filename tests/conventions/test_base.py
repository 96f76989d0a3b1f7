"""A review since a base reports the findings that are new, wherever their cause is."""

import pytest

from tests.conventions.invalid_file import INVALID_PATH
from tests.conventions.planted import add_rules
from tests.conventions.reviewing import ReviewedService, places
from tests.history import git
from tests.rewriting import replace

pytestmark = pytest.mark.xdist_group("conventions")

OLD = "from time import sleep\n\n\ndef old() -> None:\n    sleep(1)\n"
MODELS = "app/features/market_data/models.py"


def commit(service: ReviewedService, branch: str) -> None:
    """Commit everything, and begin a branch there."""
    git(service.folder, "add", "--all")
    git(service.folder, "commit", "--quiet", "--message", "before")
    git(service.folder, "switch", "--quiet", "--create", branch)


@pytest.fixture
def branch(service: ReviewedService) -> ReviewedService:
    """A service with an old finding, and a branch without a change."""
    add_rules(service)
    service.write(INVALID_PATH, OLD)
    git(service.folder, "init", "--quiet", "--initial-branch", "main")
    commit(service, "feature")
    return service


def planted(service: ReviewedService, *base: str) -> list[tuple[str, int, str]]:
    result = service.review("--changed", *base, "--format", "json", "--fail-on", "never")
    return [place for place in places(result) if place[2] == "planted"]


def test_an_old_finding_is_not_reported_wherever_it_moves(branch: ReviewedService) -> None:
    branch.write(INVALID_PATH, OLD.replace("def old", "LIMIT = 1\n\n\ndef old") + "    print()\n")
    assert planted(branch) == []


def test_a_second_finding_like_an_old_one_is_reported_once(branch: ReviewedService) -> None:
    branch.write(INVALID_PATH, OLD + "    sleep(2)\n")
    assert planted(branch) == [(INVALID_PATH, 6, "planted")]


def test_findings_of_commits_and_of_untracked_files_are_reported(branch: ReviewedService) -> None:
    branch.write(INVALID_PATH, OLD + "\n\ndef new() -> None:\n    sleep(2)\n")
    git(branch.folder, "commit", "--quiet", "--all", "--message", "after")
    branch.write("app/features/market_data/né w.py", OLD)
    assert planted(branch, "main") == [
        ("app/features/market_data/né w.py", 5, "planted"),
        (INVALID_PATH, 9, "planted"),
    ]


def test_a_finding_whose_cause_is_in_another_file_is_reported(
    full_copy: ReviewedService,
) -> None:
    git(full_copy.folder, "init", "--quiet", "--initial-branch", "main")
    commit(full_copy, "feature")
    symbols = full_copy.folder / "app/features/market_data/service/symbols.py"
    text = symbols.read_text("utf-8")
    symbols.write_text(text.replace("raise SymbolNotFound", "raise SymbolExists"), "utf-8")
    models = full_copy.folder / MODELS
    index = '        Index(None, "currency", "ticker"),\n'
    replace(models, index, "")
    result = full_copy.review("--changed", "--format", "json", "--fail-on", "never")
    rules = {rule for _, _, rule in places(result)}
    assert rules - {"lint"} == {"undeclared-error", "unindexed-filter"}  # Of an unused import.


def test_a_rule_that_is_new_reports_no_old_code(branch: ReviewedService) -> None:
    rule = branch.folder / "conventions/rules/planted.py"
    replace(rule, '== "time.sleep"', '== "builtins.print"')
    branch.write(INVALID_PATH, OLD + "    print(1)\n")
    git(branch.folder, "commit", "--quiet", "--all", "--message", "print")
    branch.write(INVALID_PATH, OLD + "    print(1)\n    print(2)\n")
    assert planted(branch, "HEAD") == [(INVALID_PATH, 7, "planted")]


def test_a_base_that_cannot_be_reviewed_is_named_first(branch: ReviewedService) -> None:
    git(branch.folder, "switch", "--quiet", "main")
    branch.write(INVALID_PATH, "def broken(:\n")
    commit(branch, "fixed")
    branch.write(INVALID_PATH, OLD)
    result = branch.review("--changed", "main", "--fail-on", "never")
    first = result.stdout.splitlines()[0]
    assert first.startswith("The review is incomplete: old findings may be among these, since main")
    assert INVALID_PATH in first


def test_a_review_since_a_base_leaves_the_repository_as_it_is(branch: ReviewedService) -> None:
    before = git(branch.folder, "status", "--porcelain=v2", "--branch")
    branch.review("--changed", "main")
    assert git(branch.folder, "status", "--porcelain=v2", "--branch") == before
    assert git(branch.folder, "worktree", "list").count("\n") <= 1


def test_a_review_since_a_base_needs_git_and_the_base(branch: ReviewedService) -> None:
    message = branch.review("--changed", "no-such-branch").stderr
    assert message.startswith("git finds no branch no-such-branch: pass another, or run `git fetch")
    result = branch.review("--changed", PATH="/nowhere")
    assert (result.status, result.stderr[:20]) == (2, "git is not installed")


def test_a_folder_without_git_is_refused(service: ReviewedService) -> None:
    result = service.review("--changed", GIT_CEILING_DIRECTORIES=str(service.folder.parent))
    assert result.status == 2
    assert "not a git repository" in result.stderr
