"""The template, rendered by Copier's own renderer in this process."""

import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path, PurePosixPath

import jinja2
from copier._main import Worker, as_operation
from copier._settings import SettingsModel
from copier._template import Template as CopierTemplate
from copier._types import AnyByStrDict, Phase
from copier.errors import CopierError

from plumbline.errors import PlumblineError
from plumbline.updating.answers import ANSWERS_FILE
from plumbline.updating.git import Entry, Files, Repository
from plumbline.updating.merging import MIGRATIONS
from plumbline.updating.template import Template

CURRENT = ":current:"
"""The version that the service has, as the target of a change of answers."""


@dataclass(frozen=True, kw_only=True)
class Rendering:
    """The files that the template has for a version and answers.

    Attributes:
        version: The version.
        files: The files; their contents are stored in the service's repository.
        is_written_once: Says of a path whether it is the user's from the generation on.
        questions: The names of the template's questions.
        migration_folders: The folders of migrations, those of modules that are off included.
    """

    version: str
    files: Files
    is_written_once: Callable[[str], bool]
    questions: frozenset[str]
    migration_folders: frozenset[str]


class _Renderer(Worker):
    """Copier without the work that it repeats for every file.

    It compiles each part of each path as a template of its own, mostly the same few, and asks git
    for a setting for each file that it writes: ninety percent of its processes.
    """

    @cached_property
    def _compiled(self) -> Callable[[str], jinja2.Template]:
        return cache(self.jinja_env.from_string)

    @cached_property
    def answers_relpath(self) -> Path:
        return Path(ANSWERS_FILE)

    def _render_string(self, string: str, extra_context: AnyByStrDict | None = None) -> str:
        return self._compiled(string).render(**self._render_context(), **(extra_context or {}))

    def _sync_git_index_executable_bit(self, dst_relpath: Path, src_mode: int) -> None:
        """Do nothing: modes are in the trees, and the working tree has its own index."""

    # As an update, it renders nothing of what is copied once.
    @as_operation("update")
    def render(self) -> None:
        """Answer the questions, then write the files."""
        with Phase.use(Phase.PROMPT):
            self._ask()
        with Phase.use(Phase.RENDER):
            self._render_template()


def render(
    repository: Repository,
    template: Template,
    version: str,
    *,
    scratch: Path,
    answers: bytes,
    changed: Mapping[str, object] | None = None,
) -> Rendering:
    """Render a version of the template, and store its files in the service's repository.

    Args:
        repository: The service.
        template: The template.
        version: The version.
        scratch: An empty folder.
        answers: The service's answers file; new questions get their default.
        changed: Answers to change.

    Raises:
        PlumblineError: The template cannot be rendered, or refuses an answer.
    """
    source, folder = scratch / "template", scratch / "service"
    folder.mkdir()
    (folder / ANSWERS_FILE).write_bytes(answers)
    modes = template.check_out(version, source)
    worker = _Renderer(
        src_path=template.source,
        dst_path=folder,
        data=dict(changed or {}),
        settings=SettingsModel(),
        vcs_ref=version,
        defaults=True,
        overwrite=True,
        quiet=True,
        skip_answered=True,
    )
    vars(worker)["template"] = _checked_out(template.source, version, source, modes)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # About versions of Copier; the template pins it.
            worker.render()
    except (CopierError, ValueError, jinja2.TemplateError, OSError) as error:
        reason = str(error).strip() or type(error).__name__
        raise PlumblineError(f"Version {version} cannot be rendered: {reason}") from error
    _require_answers(worker, version)
    return Rendering(
        version=version,
        files=_store(repository, folder),
        is_written_once=lambda path: worker.match_skip(Path(path)),
        questions=frozenset(worker.template.questions_data),
        migration_folders=_migration_folders(modes),
    )


def _migration_folders(paths: Iterable[str]) -> frozenset[str]:
    """Return the folders of migrations, as a service has them, among the template's own paths."""
    inside = (path[path.find(MIGRATIONS) :] for path in paths if MIGRATIONS in path)
    return frozenset(path.rpartition("/")[0] for path in inside)


def _checked_out(source: str, version: str, folder: Path, modes: Mapping[str, int]) -> object:
    """Return Copier's template with what it would otherwise ask git for."""
    found = CopierTemplate(url=source, ref=version)
    vars(found).update(
        local_abspath=folder.resolve(),
        commit=version,
        commit_hash=version,
        vcs="git",
        git_index_modes={PurePosixPath(path): mode for path, mode in modes.items()},
    )
    return found


def _require_answers(worker: _Renderer, version: str) -> None:
    """Raise if the template has replaced an answer by its default, since it accepts it no more."""
    given = {**worker.subproject.last_answers, **worker.data}
    for name, answer in given.items():
        asked = name in worker.template.questions_data and name not in worker.answers.hidden
        if asked and worker.answers.combined.get(name) != answer:
            raise PlumblineError(
                f"Version {version} does not accept the answer `{name}: {answer}`. "
                f"Change it first: make answer {name}=…"
            )


def _store(repository: Repository, folder: Path) -> dict[str, Entry]:
    paths = [path for path in folder.rglob("*") if path.is_symlink() or path.is_file()]
    contents: dict[str, bytes] = {}
    modes: dict[str, str] = {}
    for path in paths:
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            contents[name], modes[name] = bytes(path.readlink()), "120000"
        else:
            is_executable = path.stat().st_mode & 0o100
            contents[name], modes[name] = (
                path.read_bytes(),
                f"100{'755' if is_executable else '644'}",
            )
    repository.store(contents.values())
    return {
        name: Entry(modes[name], repository.id_of(content)) for name, content in contents.items()
    }
