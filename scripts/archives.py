"""The archives of the releases: the shipped files of each, compressed and never changed."""

import hashlib
import tarfile
from pathlib import Path

from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ("copier.yml", "questions", "template")
ARCHIVES = Path("tests/releases")
CHECKSUMS = ARCHIVES / "checksums.txt"
_ENDING = ".tar.xz"


def archive_of(version: str) -> Path:
    """Return the path of a release's archive in the repository."""
    return ARCHIVES / f"{version}{_ENDING}"


def released_versions(root: Path = ROOT) -> list[str]:
    """Return every release that has an archive, the oldest first."""
    names = [path.name.removesuffix(_ENDING) for path in (root / ARCHIVES).glob(f"*{_ENDING}")]
    return sorted(names, key=Version)


def unpack_release(version: str, folder: Path, *, root: Path = ROOT) -> None:
    """Unpack the files of a release (`copier.yml`, `questions/`, `template/`) into a folder."""
    with tarfile.open(root / archive_of(version)) as archive:
        archive.extractall(folder, filter="data")


def checksum_line(version: str, archive: bytes) -> str:
    """Return the line of `checksums.txt` for an archive, as `sha256sum --check` reads it."""
    return f"{hashlib.sha256(archive).hexdigest()}  {version}{_ENDING}\n"
