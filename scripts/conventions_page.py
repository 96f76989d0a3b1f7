"""Generate the documentation of the conventions from a service: `make docs`.

It writes docs/conventions.md, and the list in the guides of every service (AGENTS.md and the
agents), in which the conventions of a toggle depend on the toggle.
"""

import tomllib
from pathlib import Path

from scripts import commands
from scripts.rendering import ROOT, generate_service, service_environment

PAGE = ROOT / "docs/conventions.md"
GUIDE = ROOT / "questions/guide/conventions.md.jinja"
EVERYTHING_ON = dict.fromkeys(("redis", "resend", "paddle", "blob"), True)
INTRODUCTION = """\
# Conventions

The conventions of every generated service, the files that implement them, and their checks. Rules
belong to `make review`: `make explain rule=…` in a service explains a rule and how to fix its
findings. Tests ship with the service, import contracts are in its pyproject.toml, and commands are
part of `make check`.

`make docs` generates this page from a service with everything on. In a service, `make explain`
shows the conventions that apply to its answers.
"""


def write_page(table: str) -> str:
    """Return the page with the table that `python -m conventions list` prints."""
    return f"{INTRODUCTION}\n{table.rstrip()}\n"


def write_guide(table: str) -> str:
    """Return the list for the guides: one line per convention, with its rules."""
    toggles = conventions_of_toggles()
    lines: list[str] = []
    for row in table.strip().splitlines()[2:]:
        name, says, _, checks = row.strip("| ").split(" | ")
        rules = [check.removeprefix("rule ") for check in checks.split("<br>") if "rule " in check]
        line = f"- **{name}** {says}{' (' + ', '.join(rules) + ')' if rules else ''}"
        toggle = toggles.get(name)
        lines.append(f"{{%- if {toggle} %}}\n{line}\n{{%- endif %}}" if toggle else line)
    return "\n".join(lines) + "\n"


def conventions_of_toggles() -> dict[str, str]:
    """Return the toggle of each convention that belongs to one."""
    common = tomllib.loads((ROOT / "template/conventions/coverage.toml").read_text("utf-8"))
    return {
        name: path.parent.name
        for path in (ROOT / "template").glob("tests/integrations/*/conventions.toml")
        for name in tomllib.loads(path.read_text("utf-8"))
        if name not in common
    }


def main() -> None:
    """Generate a service, and write both files from its list."""
    with commands.temporary_folder() as folder:
        service = Path(folder) / "service"
        generate_service(service, answers=EVERYTHING_ON)
        environment = service_environment()
        commands.run(["make", "setup"], cwd=service, environment=environment)
        listing = [".venv/bin/python", "-m", "conventions", "list", "--format", "markdown"]
        table = commands.run(listing, cwd=service, environment=environment)
    PAGE.write_text(write_page(table), "utf-8")
    GUIDE.write_text(write_guide(table), "utf-8")
    print(f"{PAGE.relative_to(ROOT)} and {GUIDE.relative_to(ROOT)} are up to date.")


if __name__ == "__main__":
    main()
