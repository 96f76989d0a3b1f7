"""Operations of git that have stopped at a conflict, each with the reason that an update gives."""

import subprocess

import pytest

from tests.faults.conftest import Small


def begin(service: Small, *operation: str) -> None:
    """Begin an operation of git that stops at a conflict, and make the working tree clean."""
    service.git("switch", "--quiet", "--create", "other")
    service.write("README.md", "theirs\n")
    service.commit()
    service.git("switch", "--quiet", "-")
    service.write("README.md", "ours\n")
    service.commit()
    with pytest.raises(Exception, match=operation[0]):
        service.git(*operation)
    service.git("checkout", "--force", "HEAD", "--", ".")


def merge(service: Small) -> str:
    begin(service, "merge", "other")
    return "`git merge` is in progress. Finish it, or run `git merge --abort`."


def rebase(service: Small) -> str:
    begin(service, "rebase", "other")
    return "`git rebase` is in progress. Finish it, or run `git rebase --abort`."


def pick(service: Small) -> str:
    begin(service, "cherry-pick", "other")
    return "`git cherry-pick` is in progress. Finish it, or run `git cherry-pick --abort`."


def apply_mail(service: Small) -> str:
    begin_mail(service)
    return "`git am` is in progress. Finish it, or run `git am --abort`."


def begin_mail(service: Small) -> None:
    service.write("README.md", "theirs\n")
    service.commit()
    patch = service.git("format-patch", "-1", "--stdout")
    service.git("reset", "--quiet", "--hard", "HEAD~")
    service.write("README.md", "ours\n")
    service.commit()
    service.write("../patch", patch)
    with pytest.raises(subprocess.CalledProcessError):
        service.git("am", "../patch")


def pick_several(service: Small) -> str:
    service.git("switch", "--quiet", "--create", "other")
    for content in ("one\n", "two\n"):
        service.write("README.md", content)
        service.commit()
    service.git("switch", "--quiet", "-")
    service.write("README.md", "ours\n")
    service.commit()
    with pytest.raises(subprocess.CalledProcessError):
        service.git("cherry-pick", "other~", "other")
    service.git("checkout", "--force", "HEAD", "--", ".")
    service.git("commit", "--quiet", "--allow-empty", "--message", "The first one by hand")
    return "`git cherry-pick` is in progress. Finish it, or run `git cherry-pick --abort`."


def revert_several(service: Small) -> str:
    for content in ("one\n", "two\n", "three\n"):
        service.write("README.md", content)
        service.commit()
    with pytest.raises(subprocess.CalledProcessError):
        service.git("revert", "--no-edit", "HEAD~2", "HEAD~")
    service.git("checkout", "--force", "HEAD", "--", ".")
    return "`git revert` is in progress. Finish it, or run `git revert --abort`."


def revert_by_hand(service: Small) -> str:
    reason = revert_several(service)
    service.git("commit", "--quiet", "--allow-empty", "--message", "The first one by hand")
    return reason
