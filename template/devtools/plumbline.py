"""Run the template's program of its newest release: `make update`, `make switch`, `make answer`.

    python -m devtools.plumbline update|preview|finish|check|switch|answer …

The program is no part of the service, so that an update is never done by an outdated one. It is
installed from the template's address in the answers file, or from PLUMBLINE_FROM, if that is set.
"""

import json
import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

SERVICE_ROOT = Path(__file__).parents[1]
ANSWERS_FILE = SERVICE_ROOT / ".copier-answers.yml"
SHORT_ADDRESSES = {"gh:": "https://github.com/", "gl:": "https://gitlab.com/", "git+": ""}
REFUSED = 2
_SOURCE = re.compile(r"^_src_path: *(.*(?:\n[ \t]+.*)*)", re.MULTILINE)
_SSH = re.compile(r"([^/:]+@[^/:]+):(?!//)(.*)")
_RELEASE = re.compile(r"refs/tags/(v?(\d+(?:\.\d+)*))$", re.MULTILINE)
# Of make, of a hook of git, and of the virtual environment that runs this file.
_NOT_INHERITED = re.compile(r"MAKE.*|MFLAGS|VIRTUAL_ENV|GIT_(DIR|INDEX_FILE|PREFIX|WORK_TREE)")


class TemplateUnavailable(Exception):
    """The template's newest release cannot be found; the message says why."""


def find_program() -> str:
    """Return the package of the newest release, as pip takes it.

    Raises:
        TemplateUnavailable: The address is missing or unreachable, or has no release.
    """
    address = git_address(read_source(ANSWERS_FILE.read_text("utf-8", "replace")))
    done = subprocess.run(
        ["git", "ls-remote", "--tags", "--refs", "--", address],
        cwd=SERVICE_ROOT,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise TemplateUnavailable(
            f"The template at {address} cannot be reached: {done.stderr.strip()}\n"
            f"Nothing was changed. Check the network, and `_src_path` in {ANSWERS_FILE.name}."
        )
    if not (release := newest_release(done.stdout)):
        raise TemplateUnavailable(f"The template at {address} has no release.")
    return f"plumbline @ git+{package_address(address)}@{release}"


def read_source(answers: str) -> str:
    """Return the template's address from the text of the answers file.

    Raises:
        TemplateUnavailable: There is none, or it is a relative path.
    """
    found = _SOURCE.search(answers)
    source = _plain(found[1]) if found else ""
    if ":" not in source and not source.startswith(("/", "~")):
        raise TemplateUnavailable(
            f"`_src_path: {source}` in {ANSWERS_FILE.name} is no address of the template. "
            "Write its address there, such as `gh:OWNER/REPOSITORY`, and commit."
        )
    return source


def git_address(source: str) -> str:
    """Return the address for git that an address of Copier stands for."""
    for short, long in SHORT_ADDRESSES.items():
        if source.startswith(short):
            return f"{long}{source.removeprefix(short)}"
    return str(Path(source).expanduser()) if source.startswith("~") else source


def package_address(address: str) -> str:
    """Return the URL of a repository, as pip takes it after `git+`."""
    if address.startswith("/"):
        return Path(address).as_uri()
    if ssh := _SSH.fullmatch(address):
        return f"ssh://{ssh[1]}/{ssh[2]}"
    return address


def newest_release(listing: str) -> str | None:
    """Return the tag of the newest release in the output of `git ls-remote`, if there is one."""
    tags = [(found[1], found[2]) for found in _RELEASE.finditer(listing)]
    numbered = [([int(number) for number in numbers.split(".")], tag) for tag, numbers in tags]
    return max(numbered)[1] if numbered else None


def answers_of_make() -> list[str]:
    """Return the variables of make's command line, as `NAME=VALUE`."""
    # Make exports their values; of their names, it says nothing but this.
    _, _, given = f" {os.environ.get('MAKEFLAGS', '')}".partition(" -- ")
    names = re.findall(r"(?:^| )(\w+):?:?=", re.sub(r"\\.", "", given))
    return [f"{name}={os.environ[name]}" for name in names if name in os.environ]


def run(arguments: list[str]) -> int:
    """Run the program in the service's folder, and return its exit status.

    Args:
        arguments: Its command line; `answer` alone takes the answers from make's.

    Raises:
        TemplateUnavailable: The program cannot be found.
    """
    if arguments == ["answer"] and not (arguments := ["answer", *answers_of_make()])[1:]:
        print("Give an answer: make answer description='Notes for teams'", file=sys.stderr)
        return REFUSED
    program = os.environ.get("PLUMBLINE_FROM") or find_program()
    uv = os.environ.get("UV", "uv")
    command = [uv, "tool", "run", "--quiet", "--from", program, "plumbline", *arguments]
    return subprocess.run(command, cwd=SERVICE_ROOT, env=_environment(), check=False).returncode


def _environment() -> dict[str, str]:
    inherited = {
        name: value for name, value in os.environ.items() if not _NOT_INHERITED.fullmatch(name)
    }
    return {**inherited, "GIT_TERMINAL_PROMPT": "0"}


def _plain(value: str) -> str:
    """Return a YAML scalar without its quotes; a long one is folded at spaces."""
    line = " ".join(part.strip() for part in value.splitlines())
    if line.startswith("'"):
        return line[1:-1].replace("''", "'")
    if line.startswith('"'):
        with suppress(ValueError):  # An escape of YAML; no address has one.
            return str(json.loads(line))
    return line


if __name__ == "__main__":
    try:
        sys.exit(run(sys.argv[1:]))
    except (TemplateUnavailable, OSError) as error:
        if sys.argv[1:2] == ["check"]:
            print("update-due=unknown")
        print(error, file=sys.stderr)
        sys.exit(REFUSED)
    except KeyboardInterrupt:
        sys.exit(130)
