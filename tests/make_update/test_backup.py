import subprocess
from pathlib import Path

from plumbline.updating.commands import make_backup_tag
from plumbline.updating.git import Repository

WHO = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com")


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *WHO, *arguments], cwd=folder, check=True)


def commit(folder: Path) -> str:
    """Make a commit, and return its id."""
    git(folder, "commit", "--quiet", "--allow-empty", "--no-gpg-sign", "--message", "A state")
    return Repository(folder).git("rev-parse", "HEAD").strip()


def test_a_backup_tag_is_made_once_a_state_and_never_moved(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    repository = Repository(tmp_path)
    first = commit(tmp_path)
    assert make_backup_tag(repository, before=first, new="0.2.0") == "before-update-0.2.0"
    assert make_backup_tag(repository, before=first, new="0.2.0") == "before-update-0.2.0"
    git(tmp_path, "tag", "--annotate", "--no-sign", "--message", "Mine", "before-update-0.2.0-2")
    second = commit(tmp_path)
    assert make_backup_tag(repository, before=second, new="0.2.0") == "before-update-0.2.0-3"
    assert repository.git("rev-parse", "before-update-0.2.0").strip() == first
