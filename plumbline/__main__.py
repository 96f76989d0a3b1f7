"""The `plumbline` command: one subcommand for each thing that it does to a service."""

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from io import TextIOWrapper

from plumbline import renaming
from plumbline.errors import PlumblineError
from plumbline.updating import command_line

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the subcommand that the command line names, and return its exit status.

    Args:
        arguments: The command line without the program; that of this process by default.

    Returns:
        0 for success; 1 where something is left to do or to decide, 2 for a refusal.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # A name of a file may have any bytes.
            stream.reconfigure(errors="backslashreplace")
    parser = _parser()
    options = parser.parse_args(arguments)
    if "run" not in options:
        parser.print_help()
        return 0
    try:
        return int(options.run(options))
    except PlumblineError as error:
        if options.run is command_line.check:
            print("update-due=unknown")
        print(error, file=sys.stderr)
        return error.status
    except OSError as error:
        print(f"{error}. Fix this, then run the command again.", file=sys.stderr)
        return PlumblineError.status
    except KeyboardInterrupt:
        print("Interrupted. `make update` resumes an update.", file=sys.stderr)
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="plumbline", description="Commands for services that Plumbline has generated."
    )
    parser.add_argument("--version", action="version", version=_version())
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    command_line.add_commands(commands)
    renaming.add_command(commands)
    return parser


def _version() -> str:
    try:
        return version("plumbline")
    except PackageNotFoundError:  # Run from a checkout that is not installed.
        return "unknown"


if __name__ == "__main__":
    sys.exit(main())
