"""Changes of answers: toggles, with the data of the modules that go, and any other answer."""

import ast
import json
import subprocess
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import Path

import yaml

from plumbline.errors import PlumblineError, listed
from plumbline.updating.answers import GENERATED_ONCE, toggles_in
from plumbline.updating.checking import find_uv, service_environment
from plumbline.updating.commands import Updater
from plumbline.updating.git import Files, Repository
from plumbline.updating.kept_migrations import RETIRED
from plumbline.updating.merging import MIGRATIONS, Merge
from plumbline.updating.planning import Change
from plumbline.updating.rendering import CURRENT, Rendering

MODULES = "app/modules.py"
DATA = "devtools/data/__main__.py"


class Data(StrEnum):
    """The choice for the tables of a module that is removed."""

    KEEP = "keep"
    DROP = "drop"


@dataclass(frozen=True, kw_only=True)
class Leftovers:
    """The leftovers of removed modules, as `python -m devtools.data leftovers` prints them.

    Attributes:
        labels: The modules, which are also the branches of their migrations.
        tables: Their tables.
        settings: The environment variables that are no longer read.
        needed_by: The code of the user that needs them, a sentence each.
        depended_on_by: The reasons why the tables cannot be dropped, a sentence each.
        database: The leftovers in the database, or the reason why it cannot be read.
    """

    labels: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    settings: list[str] = field(default_factory=list)
    needed_by: list[str] = field(default_factory=list)
    depended_on_by: list[str] = field(default_factory=list)
    database: Mapping[str, object] = field(default_factory=dict)


def switch_on(updater: Updater, name: str) -> None:
    """Switch a toggle on: kept tables are used again, dropped ones are created again.

    Raises:
        PlumblineError: It is already on, or the update is refused.
    """
    _require_nothing_under_way(updater)
    toggles = toggles_in(updater.answers)
    if name not in toggles:
        raise PlumblineError(f"There is no toggle {name}. There are: {', '.join(sorted(toggles))}.")
    if toggles[name]:
        raise PlumblineError(f"{name} is already on.")
    updater.apply(updater.plan(Change(to=CURRENT, answers={name: True}), adjust=_unretire))


def switch_off(
    updater: Updater, name: str, *, data: Data | None, export_to: Path | None = None
) -> None:
    """Print the leftovers of a toggle and, if `data` has a choice for them, switch it off.

    Args:
        updater: The service.
        name: The toggle; or a removed module, to drop the tables that were kept.
        data: The choice for the tables.
        export_to: The folder to create for an export of their rows.

    Raises:
        PlumblineError: It is off, there is no choice for its tables, something needs them, they
            cannot be exported, or the update is refused.
    """
    _require_nothing_under_way(updater)
    service = _ServiceData(updater.repository)
    is_on = toggles_in(updater.answers).get(name, False)
    found: list[Leftovers] = []

    def adjust(base: Rendering, theirs: Rendering, merge: Merge) -> None:
        removed = _packages_in(service.repository, base) - _packages_in(service.repository, theirs)
        if is_on and not removed:
            found.append(Leftovers())
        elif is_on:
            found.append(service.leftovers(removed, rendered=base.files, changed=theirs.files))
        else:
            found.append(service.kept(name, rendered=base.files))
        _require_choice(found[0], name=name, data=data)
        if data is Data.DROP:
            for label in found[0].labels:
                _retire(merge, label)

    answers: dict[str, object] = {name: False} if is_on else {}
    plan = updater.plan(Change(to=CURRENT, answers=answers), adjust=adjust)
    if plan is None:
        raise PlumblineError("There is nothing to switch.")
    leftovers = found[0]
    export = partial(service.export, leftovers.labels, folder=export_to)
    updater.apply(plan, before=export if data is Data.DROP else lambda: None)
    if data is Data.DROP:
        labels = ",".join(leftovers.labels)
        print(f"`DROP_RETIRED_DATA={labels} make migrate` drops the tables, rows included.")


def change_answers(updater: Updater, assignments: Collection[str]) -> None:
    """Change answers, and the files that depend on them.

    Args:
        updater: The service.
        assignments: An answer each, as `NAME=VALUE`; values are YAML.

    Raises:
        PlumblineError: An answer is unknown, invalid, or not changed like this.
    """
    _require_nothing_under_way(updater)
    changed: dict[str, object] = {}
    for assignment in assignments:
        name, separator, value = assignment.partition("=")
        if not separator:
            raise PlumblineError(f"Give answers as NAME=VALUE, not `{assignment}`.")
        changed[name] = _parse(value, updater.answers.get(name))
        _require_changeable(updater.answers, name, changed[name])
    updater.apply(updater.plan(Change(to=CURRENT, answers=changed)))


def _require_nothing_under_way(updater: Updater) -> None:
    if updater.under_way():
        raise PlumblineError("An update is in progress. Finish it with `make update-finish`.")


def _parse(value: str, present: object) -> object:
    """Return the value of an answer; one that is a text stays a text, such as `3.10`."""
    if isinstance(present, str):
        return value
    try:
        return yaml.safe_load(value)
    except yaml.YAMLError:
        return value


def _require_changeable(answers: Mapping[str, object], name: str, value: object) -> None:
    names = sorted(one for one in answers if not one.startswith("_"))
    if name not in names:
        raise PlumblineError(f"There is no answer {name}. There are: {', '.join(names)}.")
    if isinstance(answers[name], bool):
        switch = f"make switch {'on' if value else 'off'}={name}"
        raise PlumblineError(f"{name} is a toggle: use `{switch}`.")
    if name in GENERATED_ONCE:
        raise PlumblineError(f"{name} is read only when a service is generated.")


def _require_choice(leftovers: Leftovers, *, name: str, data: Data | None) -> None:
    """Print the leftovers; raise if something needs them, or if there is no choice for them."""
    print(describe(leftovers), flush=True)
    dependants = leftovers.depended_on_by if data is Data.DROP else []
    if reasons := [*leftovers.needed_by, *dependants]:
        raise PlumblineError(f"Nothing was changed. Fix this first:\n{listed(reasons)}")
    if leftovers.tables and data is None:
        raise PlumblineError(
            "Nothing was changed. Choose what to do with the tables:\n"
            f"  make switch off={name} data=keep  keeps them, with their rows and migrations\n"
            f"  make switch off={name} data=drop  exports them; every database drops them at its "
            "next upgrade"
        )


def _unretire(base: Rendering, theirs: Rendering, merge: Merge) -> None:
    """Remove the retired migrations of modules that are there again."""
    del base, theirs
    labels = {path.split("/")[2] for path in merge.files if path.startswith(MIGRATIONS)}
    for path in list(merge.files):
        if path.startswith(RETIRED) and path.split("/")[2] in labels:
            del merge.files[path]
            merge.moves[path] = MIGRATIONS + path.removeprefix(RETIRED)


def _retire(merge: Merge, label: str) -> None:
    """Move the migrations of a module to the retired ones."""
    versions, retired = f"{MIGRATIONS}{label}/", f"{RETIRED}{label}/"
    for path in [path for path in merge.files if path.startswith(versions)]:
        merge.moves[path] = retired + path.removeprefix(versions)
        merge.files[merge.moves[path]] = merge.files.pop(path)


def _packages_in(repository: Repository, rendering: Rendering) -> set[str]:
    """Return the packages of the template's modules that a rendering lists."""
    tree = ast.parse(repository.content(rendering.files[MODULES].id))
    imports = [node.module or "" for node in tree.body if isinstance(node, ast.ImportFrom)]
    return {name.removesuffix(".module") for name in imports if name.endswith(".module")}


@dataclass(frozen=True)
class _ServiceData:
    """The service's own `python -m devtools.data`, which knows its models and its database."""

    repository: Repository

    def leftovers(self, packages: Collection[str], *, rendered: Files, changed: Files) -> Leftovers:
        """Return the leftovers of packages that the update removes."""
        differing = [path for path in rendered if rendered[path] != changed.get(path)]
        ignored = [part for path in differing for part in ("--ignore", path)]
        return self._leftovers(*sorted(packages), *ignored, rendered=rendered)

    def kept(self, label: str, *, rendered: Files) -> Leftovers:
        """Return those of a module that was removed earlier."""
        return self._leftovers("--kept", label, rendered=rendered)

    def _leftovers(self, *arguments: str, rendered: Files) -> Leftovers:
        with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
            file.write("\n".join(rendered))
            file.flush()
            output = self._run("leftovers", *arguments, "--rendered", file.name, is_shown=False)
        try:
            return Leftovers(**json.loads(output))
        except (ValueError, TypeError) as error:
            raise PlumblineError(f"`python -m devtools.data` printed: {output}") from error

    def export(self, labels: Collection[str], *, folder: Path | None) -> None:
        """Export the rows of modules' tables."""
        to = ["--to", str(folder)] if folder else []
        self._run("export", *labels, *to, is_shown=True)

    def _run(self, *arguments: str, is_shown: bool) -> str:
        folder = self.repository.folder
        if not (folder / DATA).exists():
            raise PlumblineError("This service cannot switch yet. Update it first: `make update`.")
        module = ("-m", "devtools.with_database", "--no-migrate", "python", "-m", "devtools.data")
        done = subprocess.run(
            [find_uv(folder), "run", "--quiet", "python", *module, *arguments],
            cwd=folder,
            env=service_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise PlumblineError(done.stderr.strip() or done.stdout.strip())
        if is_shown:
            print(done.stdout, end="", flush=True)
        return done.stdout


def describe(leftovers: Leftovers) -> str:
    """Return a description of leftovers."""
    lines = [f"Modules to remove: {', '.join(leftovers.labels)}."]
    database = leftovers.database
    if "error" in database:
        lines += [f"Rows: {database['error']}", *(f"  {table}" for table in leftovers.tables)]
    elif leftovers.tables and isinstance(rows := database["rows"], dict):
        lines.append(f"Tables, with their rows in the database {database['name']}:")
        counts = {name: "missing" if rows[name] is None else rows[name] for name in sorted(rows)}
        lines += [f"  {name:32} {number}" for name, number in counts.items()]
    if isinstance(waiting := database.get("waiting"), dict):
        lines += [f"  {name}: {number} waiting" for name, number in waiting.items()]
    if leftovers.settings:
        lines.append(f"Settings that are no longer read: {', '.join(leftovers.settings)}.")
    return "\n".join(lines)
