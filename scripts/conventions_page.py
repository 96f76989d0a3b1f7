"""Writes docs/conventions.md from what a service with everything on lists: `make docs`."""

from pathlib import Path

from scripts import commands
from scripts.rendering import ROOT, generate_service, service_environment

PAGE = ROOT / "docs/conventions.md"
EVERYTHING_ON = dict.fromkeys(("redis", "resend", "paddle", "blob"), True)
INTRODUCTION = """\
# Conventions

What every generated service holds to, where that is encoded, and what checks it. A rule is one of
`make review`: `make explain rule=…` in a service says why it is there, and how to mend the code. A
test is one that ships with the service, an import contract one of its pyproject.toml, and a command
part of `make check`.

`make docs` writes this page from the code of a service with everything on; in a service, `make
explain` shows the same for what its answers switched on.
"""


def write_page(table: str) -> str:
    """Return the page around the table that `python -m conventions list` prints."""
    return f"{INTRODUCTION}\n{table.rstrip()}\n"


def main() -> None:
    """Generate a service, and write the page from what it lists."""
    with commands.temporary_folder() as folder:
        service = Path(folder) / "service"
        generate_service(service, answers=EVERYTHING_ON)
        environment = service_environment()
        commands.run(["make", "setup"], cwd=service, environment=environment)
        listing = [".venv/bin/python", "-m", "conventions", "list", "--format", "markdown"]
        PAGE.write_text(
            write_page(commands.run(listing, cwd=service, environment=environment)), "utf-8"
        )
    print(f"{PAGE.relative_to(ROOT)} is up to date.")


if __name__ == "__main__":
    main()
