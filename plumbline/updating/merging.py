"""The merge of three trees: `base` and `theirs` are the template's, `ours` is the user's.

Everything works on contents that git stores, never on files of a working tree: line endings,
filters and attributes of the user's play no part.
"""

import subprocess
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from pathlib import Path, PurePosixPath

from plumbline.errors import PlumblineError
from plumbline.updating.answers import ANSWERS_FILE
from plumbline.updating.formatting import Formatter
from plumbline.updating.git import (
    GIT,
    LINK,
    SUBMODULE,
    WITHOUT_SETTINGS,
    Entry,
    Files,
    Repository,
    environment,
)

BESIDE = ".from-template"
"""The suffix of a file of the template beside the user's file of the same name."""

MIGRATIONS = "migrations/versions/"
_LABELS = ("before updating", "last update", "after updating")
_REGULAR = ("100644", "100755")
_FAILED = 128  # From there on, the status of `git merge-file` is an error, not a number.


@dataclass(frozen=True)
class NotArrived:
    """A change of the template that is not in the result.

    Attributes:
        path: The path of the file in the template.
        reason: The reason, as the end of a sentence about the file.
        old: The id of its content before the change; none for a new file.
        new: The id of its content after it.
    """

    path: str
    reason: str
    old: str | None
    new: str


@dataclass(frozen=True, kw_only=True)
class Merge:
    """The result of a merge.

    Attributes:
        files: The files of the result; one in conflict contains markers.
        conflicts: The three versions of each file in conflict: base, ours, theirs.
        not_arrived: The changes of the template that are not in the result.
        moves: The new paths of the user's files that the update has moved.
        bases: The id of a base that replaced the one of the rendering, by path.
    """

    files: dict[str, Entry] = field(default_factory=dict)
    conflicts: dict[str, tuple[Entry | None, Entry, Entry]] = field(default_factory=dict)
    not_arrived: list[NotArrived] = field(default_factory=list)
    moves: dict[str, str] = field(default_factory=dict)
    bases: dict[str, str] = field(default_factory=dict)

    @property
    def files_without_markers(self) -> dict[str, Entry]:
        """The files of the result, with the template's version of each in conflict."""
        return {**self.files, **{path: theirs for path, (_, _, theirs) in self.conflicts.items()}}


@dataclass(frozen=True, kw_only=True)
class Merger:
    """The three trees, and the rules for paths.

    Attributes:
        repository: The service.
        base: The template's files for the service's version and answers.
        ours: The service's files.
        theirs: The template's files for the new version and answers.
        is_written_once: Says of a path whether it is the user's once it exists.
        moved: Paths that the template has renamed: before, now.
        formatter: The user's formatter, for files that it has changed everywhere.
    """

    repository: Repository
    base: Files
    ours: Files
    theirs: Files
    is_written_once: Callable[[str], bool]
    moved: Mapping[str, str]
    formatter: Formatter

    def merge(self) -> Merge:
        """Return the merge of the three trees."""
        result = Merge()
        base, ours = self._follow_moves(result)
        both: list[str] = []
        for path in sorted({*base, *ours, *self.theirs}):
            versions = base.get(path), ours.get(path), self.theirs.get(path)
            if self._is_edited_by_both(path, *versions):
                both.append(path)
            elif chosen := self._choose(result, path, *versions):
                result.files[path] = chosen
        self._merge_contents(result, both, base, ours)
        self._keep_from_below_files(result, ours)
        self._report_beside(result)
        return result

    def _follow_moves(self, result: Merge) -> tuple[Files, Files]:
        """Return `base` and `ours` with the user's edits of renamed files at the new paths."""
        base, ours = dict(self.base), dict(self.ours)
        for old, new in self.moved.items():
            is_moved = old in base and old not in self.theirs and new in self.theirs
            is_edited = old in ours and ours[old] != base.get(old)
            if is_moved and is_edited and new not in base and new not in ours:
                base[new], ours[new] = base.pop(old), ours.pop(old)
                result.moves[old] = new
        return base, ours

    def _is_edited_by_both(
        self, path: str, base: Entry | None, ours: Entry | None, theirs: Entry | None
    ) -> bool:
        """Return whether the contents have to be merged."""
        if not (base and ours and theirs) or ours == theirs or base in {ours, theirs}:
            return False
        is_text = all(entry.mode in _REGULAR for entry in (base, ours, theirs))
        return is_text and path != ANSWERS_FILE and not self.is_written_once(path)

    def _choose(
        self,
        result: Merge,
        path: str,
        base: Entry | None,
        ours: Entry | None,
        theirs: Entry | None,
    ) -> Entry | None:
        """Return the version of a file that is taken whole; none if it is removed."""
        if path == ANSWERS_FILE:
            return theirs
        if self.is_written_once(path):
            return ours or theirs
        if theirs is None and ours and path.startswith(MIGRATIONS):
            return ours  # A database may have run it.
        if theirs in {base, ours} or base == ours:
            return ours if theirs in {base, ours} else theirs
        self._report(result, path, base, ours, theirs)
        return ours if theirs else None

    def _report(
        self,
        result: Merge,
        path: str,
        base: Entry | None,
        ours: Entry | None,
        theirs: Entry | None,
    ) -> None:
        """Add to the result what becomes of a file that is not merged."""
        if theirs:
            result.not_arrived.append(self._missed(path, base, ours, theirs))
        if theirs and ours and base is None:
            self._put_beside(result, path, theirs)
        if theirs is None and ours and base and self._has_other_form(path, base, ours):
            result.bases[path] = ours.id

    def _report_beside(self, result: Merge) -> None:
        """Report the changes of files that are beside the user's since an earlier update."""
        for path, entry in self.theirs.items():
            if path.endswith(BESIDE) and self.base.get(path) not in {None, entry}:
                own = path.removesuffix(BESIDE)
                result.not_arrived.append(self._missed(own, None, self.ours.get(own), entry))

    def _put_beside(self, result: Merge, path: str, theirs: Entry) -> None:
        """Add the template's file beside the user's, unless the user has one there too."""
        result.files[path + BESIDE] = self.ours.get(path + BESIDE, theirs)

    def _missed(
        self, path: str, base: Entry | None, ours: Entry | None, theirs: Entry
    ) -> NotArrived:
        if ours is None:
            reason = "you have deleted it"
        elif base is None:
            reason = f"you have a file there; {self._place_of_theirs(path)}"
        else:
            reason = f"yours is {_kind(ours)}, the template's {_kind(theirs)}"
        return NotArrived(path, reason, base.id if base else None, theirs.id)

    def _place_of_theirs(self, path: str) -> str:
        if self.ours.get(path + BESIDE) in {None, self.base.get(path + BESIDE)}:
            return f"the template's is `{path}{BESIDE}`"
        return f"and another at `{path}{BESIDE}`"

    def _merge_contents(
        self, result: Merge, paths: Collection[str], base: Files, ours: Files
    ) -> None:
        versions = {path: (base[path], ours[path], self.theirs[path]) for path in paths}
        ids = [entry.id for three in versions.values() for entry in three]
        contents = self.repository.contents(ids)
        stored: list[bytes] = []
        for path, three in versions.items():
            texts = _Texts(*(contents[entry.id] for entry in three))
            merged = self._merge_text(path, texts)
            content = texts.ours if merged.is_binary else merged.content
            stored += [content, merged.base]
            result.files[path] = Entry(_merged_mode(*three), self.repository.id_of(content))
            if merged.is_binary:
                reason = f"it is binary, and you have changed it; {self._place_of_theirs(path)}"
                self._put_beside(result, path, three[2])
                result.not_arrived.append(NotArrived(path, reason, three[0].id, three[2].id))
            elif merged.has_conflicts:
                result.conflicts[path] = three
            if merged.base != texts.base:
                result.bases[path] = self.repository.id_of(merged.base)
        self.repository.store(stored)

    def _merge_text(self, path: str, texts: "_Texts") -> "_Merged":
        merged = merge_text(texts)
        if merged.has_conflicts and texts.have_crlf:
            merged = merge_lines(texts)
        if merged.has_conflicts and (formatted := self._formatted(path, texts)):
            second = merge_lines(formatted)
            return merged if second.has_conflicts else second
        return merged

    def _formatted(self, path: str, texts: "_Texts") -> "_Texts | None":
        """Return the template's versions in the user's format, if the user has formatted theirs."""
        if not path.endswith(".py") or self.formatter.format(path, texts.ours) != texts.ours:
            return None
        base, theirs = (self.formatter.format(path, text) for text in (texts.base, texts.theirs))
        is_other = base is not None and theirs is not None and base != texts.base
        return _Texts(base, texts.ours, theirs) if is_other else None

    def _has_other_form(self, path: str, base: Entry, ours: Entry) -> bool:
        """Return whether a file is the template's in the user's line endings and format."""
        if not {base.mode, ours.mode}.issubset(_REGULAR):
            return False
        contents = self.repository.contents([base.id, ours.id])
        plain, own = (_with_lf(contents[entry.id]) for entry in (base, ours))
        return plain == own or (path.endswith(".py") and self.formatter.format(path, plain) == own)

    def _keep_from_below_files(self, result: Merge, ours: Files) -> None:
        """Take out what would lie below a file or a link of the user's, or in a folder's place."""
        folders = {str(parent) for path in ours for parent in PurePosixPath(path).parents}
        for path in sorted(result.files.keys() - ours.keys()):
            above = [str(one) for one in PurePosixPath(path).parents if str(one) in ours]
            above = [one for one in above if one in result.files]
            if not above and not (path in folders and self._is_kept_folder(result, path)):
                continue
            entry = result.files.pop(path)
            blocking = f"{above[0]} is {_kind(ours[above[0]])}" if above else "yours is a folder"
            result.not_arrived.append(NotArrived(path, blocking, None, entry.id))

    def _is_kept_folder(self, result: Merge, path: str) -> bool:
        return any(other.startswith(f"{path}/") for other in result.files)


@dataclass(frozen=True)
class _Texts:
    base: bytes
    ours: bytes
    theirs: bytes

    @property
    def have_crlf(self) -> bool:
        """`True` if a line of one of the texts ends with CRLF."""
        return any(b"\r\n" in text for text in (self.base, self.ours, self.theirs))


@dataclass(frozen=True)
class _Merged:
    content: bytes
    base: bytes
    has_conflicts: bool = False
    is_binary: bool = False


def merge_text(texts: _Texts) -> _Merged:
    """Return the merge of three texts by git, with conflict markers where both changed a line.

    Args:
        texts: The three texts.

    Raises:
        PlumblineError: Git cannot merge.
    """
    if any(b"\0" in text for text in (texts.base, texts.ours, texts.theirs)):
        return _Merged(b"", texts.base, is_binary=True)
    # Outside of any repository, where no setting applies.
    with tempfile.TemporaryDirectory() as scratch:
        names = ("ours", "base", "theirs")
        for name in names:
            Path(scratch, name).write_bytes(getattr(texts, name))
        labels = [part for label in _LABELS for part in ("-L", label)]
        done = subprocess.run(
            [*GIT, "merge-file", "-p", *labels, *names],
            cwd=scratch,
            env=environment(GIT_CEILING_DIRECTORIES=str(Path(scratch).parent), **WITHOUT_SETTINGS),
            capture_output=True,
            check=False,
        )
    if not 0 <= done.returncode < _FAILED:
        raise PlumblineError(f"`git merge-file` failed: {done.stderr.decode('utf-8', 'replace')}")
    return _Merged(done.stdout, texts.base, has_conflicts=done.returncode > 0)


def merge_lines(texts: _Texts) -> _Merged:
    """Return the merge of three texts without regard to line endings, which stay the user's.

    Args:
        texts: The three texts.

    Raises:
        PlumblineError: Git cannot merge.
    """
    base, plain, theirs = map(_with_lf, (texts.base, texts.ours, texts.theirs))
    merged = merge_text(_Texts(base, plain, theirs))
    return replace(merged, content=_with_ends(merged.content, texts.ours), base=texts.base)


def _with_ends(content: bytes, ours: bytes) -> bytes:
    """Return a merged text whose lines end as the user's; new ones, as most of the user's."""
    own, lines = ours.split(b"\n"), content.split(b"\n")
    own_ends = [b"\r" if line.endswith(b"\r") else b"" for line in own]
    ends = [max(own_ends[:-1], key=own_ends.count, default=b"")] * len(lines)
    plain = _with_lf(ours).split(b"\n")
    for mine, new, size in SequenceMatcher(a=plain, b=lines, autojunk=False).get_matching_blocks():
        ends[new : new + size] = own_ends[mine : mine + size]
    ends[-1] = b""  # It is after the last newline, or has none.
    return b"\n".join(line + end for line, end in zip(lines, ends, strict=True))


def _with_lf(text: bytes) -> bytes:
    return text.replace(b"\r\n", b"\n")


def _merged_mode(base: Entry, ours: Entry, theirs: Entry) -> str:
    return theirs.mode if base.mode == ours.mode else ours.mode


def _kind(entry: Entry) -> str:
    return {LINK: "a link", SUBMODULE: "a submodule"}.get(entry.mode, "a file")


def find_own(base: Files, ours: Files) -> set[str]:
    """Return the files of the user beside which an earlier update has put the template's."""
    return {
        path
        for path, entry in base.items()
        if ours.get(path + BESIDE) == entry and ours.get(path, entry) != entry
    }


def put_beside(files: Files, own: Collection[str]) -> Files:
    """Return the template's files with some at the paths beside the user's."""
    return {path + BESIDE if path in own else path: entry for path, entry in files.items()}


def index_entries(conflicts: Mapping[str, tuple[Entry | None, Entry, Entry]]) -> Iterator[str]:
    """Yield the entries of git's index for files in conflict, without the service's prefix."""
    for path, versions in conflicts.items():
        for stage, entry in enumerate(versions, start=1):
            if entry:
                yield f"{entry.mode} {entry.id} {stage}\t{path}"
