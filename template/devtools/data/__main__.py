"""The command line of the package."""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from alembic.util import CommandError

from devtools.data import DataError
from devtools.data.exports import default_folder, export_tables, tables_of
from devtools.data.imports import import_tables
from devtools.data.leftovers import find_kept, find_leftovers, read_database

REFUSED = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command of the command line, and return the exit status; 2 for a refusal."""
    options = _parse(arguments)
    try:
        {"leftovers": leftovers, "export": export, "import": import_}[options.command](options)
    except (DataError, CommandError) as error:
        print(error, file=sys.stderr)
        return REFUSED
    return 0


def leftovers(options: argparse.Namespace) -> None:
    """Print the leftovers of modules that are removed, as JSON.

    Raises:
        DataError: There is no such module, or the list of files cannot be read.
    """
    try:
        text = options.rendered.read_text("utf-8") if options.rendered else None
    except (OSError, ValueError) as error:
        raise DataError(f"{options.rendered} cannot be read: {error}") from error
    rendered = None if text is None else frozenset(text.split("\n"))
    if options.kept:
        found = find_kept(options.kept, rendered=rendered)
    else:
        found = find_leftovers(options.packages, ignored=options.ignore, rendered=rendered)
    database, dependants = asyncio.run(read_database(found))
    dependants = [*found.depended_on_by, *dependants]
    described = {**vars(found), "depended_on_by": dependants, "database": database}
    print(json.dumps(described, default=sorted))


def export(options: argparse.Namespace) -> None:
    """Export the rows of modules' tables, and print their numbers.

    Raises:
        DataError: They have no tables, or cannot be exported.
    """
    names = ", ".join(options.names)
    if not (tables := tables_of(options.names)):
        raise DataError(f"No migration creates a table for {names}.")
    folder = options.to or default_folder("-".join(options.names))
    rows = asyncio.run(export_tables(tables, folder))
    for name in sorted(tables):
        print(f"{name}: {rows[name]} rows" if name in rows else f"{name}: not in the database")
    print(f"The rows are in {folder}. They contain personal data: delete them when you can.")


def import_(options: argparse.Namespace) -> None:
    """Import the rows of an export, and print their numbers.

    Raises:
        DataError: The export is damaged, or does not fit the database.
    """
    for name, count in asyncio.run(import_tables(options.folder)).items():
        print(f"{name}: {count} rows")


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m devtools.data", description="Modules' data.")
    commands = parser.add_subparsers(dest="command", required=True)
    left = commands.add_parser("leftovers", help="the leftovers of removed modules, as JSON")
    left.add_argument("packages", nargs="*", metavar="PACKAGE", help="app.integrations.NAME")
    left.add_argument("--kept", metavar="NAME", help="a module that was removed earlier")
    left.add_argument(
        "--rendered", type=Path, metavar="FILE", help="a list of the template's files"
    )
    left.add_argument("--ignore", action="append", default=[], help="a file to skip")
    out = commands.add_parser("export", help="write the rows of modules' tables to files")
    out.add_argument("names", nargs="+", metavar="NAME", help="the folder of their migrations")
    out.add_argument("--to", type=Path, metavar="FOLDER", help="a folder to create")
    commands.add_parser("import", help="read an export back").add_argument("folder", type=Path)
    options = parser.parse_args(arguments)
    if options.command == "leftovers" and bool(options.packages) == bool(options.kept):
        parser.error("give packages, or a module with --kept")
    return options


if __name__ == "__main__":
    sys.exit(main())
