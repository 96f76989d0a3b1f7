"""The subcommands of `plumbline` that update a service."""

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeAlias

from plumbline.errors import PlumblineError
from plumbline.updating import preflight
from plumbline.updating.commands import Updater, alone, check_for_update
from plumbline.updating.finishing import finish
from plumbline.updating.git import Repository
from plumbline.updating.switching import Data, change_answers, switch_off, switch_on

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_commands(commands: Commands) -> None:
    """Add the subcommands.

    Args:
        commands: The subcommands of `plumbline`.
    """
    update = _add(commands, "update", _update, "update the service to the newest version")
    preview = _add(commands, "preview", _preview, "print the report of an update")
    finish = _add(
        commands, "finish", _finish, "continue an update after its conflicts are resolved"
    )
    for parser in (update, preview):
        parser.add_argument("--to", metavar="VERSION", help="a version other than the newest")
    due = commands.add_parser("check", help="say whether an update is due; status 1 if so")
    due.set_defaults(run=check)
    switch = _add(commands, "switch", _switch, "switch one of the template's toggles")
    which = switch.add_mutually_exclusive_group(required=True)
    which.add_argument("--on", metavar="NAME", help="the toggle to switch on")
    which.add_argument("--off", metavar="NAME", help="the toggle to switch off")
    switch.add_argument("--data", type=Data, choices=list(Data), help="keep or drop its tables")
    switch.add_argument("--export-to", type=Path, metavar="FOLDER", help="for the tables' rows")
    answer = _add(commands, "answer", _answer, "change answers to the template's questions")
    answer.add_argument("answers", nargs="+", metavar="NAME=VALUE", help="an answer")
    for parser in (update, preview, finish, due, switch, answer):
        parser.add_argument("--folder", type=Path, default=Path(), help="the service's folder")


def _add(
    commands: Commands,
    name: str,
    run: Callable[[Updater, argparse.Namespace], None],
    summary: str,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=summary)
    parser.add_argument(
        "--accept",
        action="append",
        default=[],
        metavar="PATHS",
        help="files whose lost changes are meant, with commas, or `all`",
    )
    parser.set_defaults(run=partial(_run, run))
    return parser


def _run(run: Callable[[Updater, argparse.Namespace], None], options: argparse.Namespace) -> int:
    repository = Repository(options.folder.absolute())
    preflight.check_repository(repository)
    accepted = [path for paths in options.accept for path in paths.split(",") if path]
    with alone(repository):
        run(Updater(repository, accepted), options)
    return 0


def _update(updater: Updater, options: argparse.Namespace) -> None:
    updater.update(to=options.to)


def _preview(updater: Updater, options: argparse.Namespace) -> None:
    updater.preview(to=options.to)


def _finish(updater: Updater, _: argparse.Namespace) -> None:
    finish(updater)


def _switch(updater: Updater, options: argparse.Namespace) -> None:
    if options.on and (options.data or options.export_to):
        raise PlumblineError("data and to are about the tables of a module: use them with off.")
    if options.on:
        switch_on(updater, options.on)
    else:
        switch_off(updater, options.off, data=options.data, export_to=options.export_to)


def _answer(updater: Updater, options: argparse.Namespace) -> None:
    change_answers(updater, options.answers)


def check(options: argparse.Namespace) -> int:
    """Say whether an update is due."""
    return check_for_update(Repository(options.folder.absolute()))
