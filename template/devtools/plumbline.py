"""Run the program of the template's newest release: `make update`, `make switch`, `make answer`.

    python -m devtools.plumbline COMMAND [OPTION ...]

`uv tool run` installs the program from the template's repository, apart from the packages of this
service. PLUMBLINE_FROM replaces what uv installs: the path of a checkout, for work on the template.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

SERVICE_ROOT = Path(__file__).resolve().parents[1]
ANSWERS_FILE = SERVICE_ROOT / ".copier-answers.yml"
HOSTS = {"gh:": "https://github.com/", "gl:": "https://gitlab.com/"}
PHASES = {"dev": 0, "a": 1, "alpha": 1, "b": 2, "beta": 2, "rc": 3, "": 4, "post": 5}
# Variables of make, of an activated environment, and of the git hook that runs this.
NOT_INHERITED = re.compile(
    "GNUMAKEFLAGS|MAKE(FILES|FLAGS|LEVEL|OVERRIDES)|MFLAGS|VIRTUAL_ENV|GIT_(COMMON_DIR|DIR"
    "|INDEX_FILE|NAMESPACE|OBJECT_DIRECTORY|PREFIX|WORK_TREE)"
)
_SOURCE = re.compile(r"^_src_path: *(.*(?:\n[ \t]+.*)*)$", re.MULTILINE)
_TAG = re.compile(r"v?(\d+(?:\.\d+)*)(?:[-_.]?(dev|alpha|a|beta|b|rc|post)[-_.]?(\d*))?")


def read_source(answers: str) -> str:
    """Return the template's address from the text of the answers file; empty if it has none."""
    found = _SOURCE.search(answers)
    # Copier folds a long value at spaces.
    value = " ".join(part.strip() for part in found[1].splitlines()) if found else ""
    if value.startswith("'"):
        return value[1:-1].replace("''", "'")
    if value.startswith('"'):
        with suppress(ValueError):  # An escape that only YAML has.
            return str(json.loads(re.sub(r"\\x(..)", r"\\u00\1", value)))
    return value


def git_address(source: str) -> str:
    """Return an address of Copier's as git takes it; empty for a relative path."""
    for short, host in HOSTS.items():
        if source.startswith(short):
            return f"{host}{source.removeprefix(short).strip('/').removesuffix('.git')}.git"
    if source.startswith(("/", "~/")):
        return str(Path(source).expanduser())
    return source.removeprefix("git+") if ":" in source else ""


def package_address(address: str) -> str:
    """Return an address of git's as uv takes it: a URL."""
    if address.startswith("/"):
        address = Path(address).as_uri()
    elif "://" not in address:  # USER@HOST:PATH
        host, _, path = address.partition(":")
        address = f"ssh://{host}/{path.lstrip('/')}"
    return f"git+{address.rstrip('/').replace(' ', '%20')}"


def newest_release(tags: Iterable[str]) -> str | None:
    """Return the tag of the newest release; a pre-release only if there is no other."""
    versions = {tag: found for tag in tags if (found := _TAG.fullmatch(tag))}
    return max(versions, key=lambda tag: _order(versions[tag]), default=None)


def _order(version: re.Match[str]) -> tuple[bool, list[int], int, int]:
    phase = PHASES[version[2] or ""]
    numbers = [int(number) for number in version[1].split(".")]
    return phase >= PHASES[""], numbers, phase, int(version[3] or 0)


def read_tags(address: str) -> list[str]:
    """Return the tags of a repository, or exit with git's reason."""
    done = subprocess.run(
        ["git", "ls-remote", "--tags", "--refs", "--", address],
        cwd=SERVICE_ROOT,
        env={**environment(), "GIT_TERMINAL_PROMPT": "0"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        fail(
            f"{done.stderr.strip()}\nThe template at {address} cannot be reached, see above. "
            f"Check the network, and `_src_path` in {ANSWERS_FILE.name}."
        )
    return [line.partition("refs/tags/")[2] for line in done.stdout.splitlines()]


def find_package() -> str:
    """Return the requirement that uv installs the program from, or exit with a reason."""
    if given := os.environ.get("PLUMBLINE_FROM"):
        return given
    try:
        source = read_source(ANSWERS_FILE.read_text("utf-8", "replace"))
    except OSError as error:
        fail(f"{ANSWERS_FILE} cannot be read: {error.strerror}. Restore it from git.")
    address = git_address(source)
    if not address:
        problem = f"the relative path `{source}`" if source else "no address of the template"
        fail(
            f"{ANSWERS_FILE.name} has {problem}. Write the address, or an absolute path, and "
            "commit:\n  _src_path: gh:OWNER/REPOSITORY"
        )
    tag = newest_release(read_tags(address))
    if tag is None:
        fail(f"The template at {address} has no release: none of its tags is a version.")
    return f"plumbline @ {package_address(address)}@{tag}"


def given_answers(variables: Mapping[str, str]) -> list[str]:
    """Return NAME=VALUE for the variables of make's command line; make exports their values."""
    _, _, given = f" {variables.get('MAKEFLAGS', '')}".partition(" -- ")
    words = re.findall(r"(?:\\.|[^ \t\\])+", given, re.DOTALL)  # make escapes spaces of values.
    names = dict.fromkeys(re.split("[:+?!]*=", word)[0] for word in words)
    if not names:
        fail("Give the answers to change: make answer python_version=3.13")
    return [f"{name}={variables.get(name, '')}" for name in names]


def environment() -> dict[str, str]:
    """Return the variables that a new terminal would have."""
    return {name: value for name, value in os.environ.items() if not NOT_INHERITED.fullmatch(name)}


def fail(reason: str) -> NoReturn:
    """Print a reason and exit with status 2."""
    if sys.argv[1:] == ["check"]:
        print("update-due=unknown")
    print(reason, file=sys.stderr)
    sys.exit(2)


def main() -> NoReturn:
    """Replace this process by the program, which inherits the terminal and gets its signals."""
    arguments = sys.argv[1:]
    if arguments == ["answer"]:
        arguments += given_answers(os.environ)
    uv = shutil.which(os.environ.get("UV", "uv"))
    if uv is None:
        fail("uv was not found. Run `make update`, which installs it.")
    if shutil.which("git") is None:
        fail("git was not found. Install it, then try again.")
    command = [uv, "tool", "run", "--quiet", "--from", find_package(), "plumbline", *arguments]
    os.chdir(SERVICE_ROOT)
    os.execve(uv, command, environment())  # noqa: S606 (no shell is wanted)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
