"""Edits that users make to a service in a year. Each function edits the service in a folder."""

import subprocess
from pathlib import Path

from scripts.rendering import service_environment
from tests.next_release import MIGRATION
from tests.rewriting import append, replace, substitute, write
from tests.test_readme import steps

# Git treats a file with these bytes as binary.
PICTURE = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff\xfe"

SETTINGS = '''\
"""Settings of notes."""

from app.settings import ServiceSettings


class NoteSettings(ServiceSettings):
    """Limits of notes."""

    notes_at_most: int = 1000
    """Maximum number of notes of a user."""
'''
CI_JOB = """\

  spelling:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: make spelling
"""
COMPOSE_SERVICE = """\

  mailbox:
    image: axllent/mailpit:v1.27
    ports:
      - "127.0.0.1:8025:8025"
"""
ABOUT_NOTES = """\
## Notes, as we keep them

Notes are short — at most 200 characters, 漢字 included — and are never deleted.

"""


def write_a_feature(service: Path) -> None:
    """Add the notes feature of the README, with settings and a picture."""
    readme = (service / "README.md").read_text("utf-8")
    for _, path, text in steps(readme):
        if path:
            write(service / path, text)
    write(service / "app/features/notes/settings.py", SETTINGS)
    module = service / "app/features/notes/module.py"
    routes = r"routers=\(router,\)|router=router"  # in 0.1.0, and since
    substitute(module, routes, r"\g<0>, settings=NoteSettings")
    imported = "from app.features.notes.settings import NoteSettings\n"
    replace(module, "\nmodule = ", f"{imported}\nmodule = ")
    append(service / ".env.example", "# Maximum number of notes of a user.\n# NOTES_AT_MOST=1000\n")
    (service / "app/features/notes/logo.png").write_bytes(PICTURE)


def write_a_migration(service: Path) -> None:
    """Add the migration of notes."""
    migration = MIGRATION.format(name="notes", table="notes", revision="0a1b2c3d4e5f")
    write(service / "migrations/versions/notes/2026_12_24_create_notes_0a1b2c3d4e5f.py", migration)


def add_packages(service: Path) -> None:
    """Let uv add dependencies, and bump the service's version."""
    for arguments in (["rich>=13"], ["--dev", "types-tqdm>=4.67"]):
        command = ["uv", "add", "--quiet", "--frozen", *arguments]
        subprocess.run(command, cwd=service, env=service_environment(), check=True)
    replace(service / "pyproject.toml", 'version = "0.1.0"', 'version = "1.7.0"')
    tool = "[tool.codespell]\nskip = 'uv.lock'\n"
    replace(service / "pyproject.toml", "\n[dependency-groups]", f"\n{tool}\n[dependency-groups]")


def extend_commands_and_containers(service: Path) -> None:
    """Add a CI job, a target, a line of the image, a container and a linter exception."""
    append(service / ".github/workflows/ci.yml", CI_JOB)
    append(service / "project.mk", "\nspelling:  ## Check spelling\n\t@$(RUN) codespell\n")
    replace(service / "Dockerfile", "COPY app app\n", "COPY app app\nCOPY notes notes\n")
    append(service / "compose.yaml", COMPOSE_SERVICE)
    ignored = '"app/features/legacy/**" = ["ANN"] # Rewritten soon.\n'
    replace(service / "ruff.toml", '"app/about.py"', f'{ignored}"app/about.py"')


def extend_the_documentation(service: Path) -> None:
    """Add text to the README below the title, in between and at the end; and add a page."""
    readme = service / "README.md"
    replace(readme, "\nAn asynchronous", "\nWe use it every day: grüezi!\n\nAn asynchronous")
    replace(readme, "## Calling another service\n", f"{ABOUT_NOTES}## Calling another service\n")
    append(readme, "\n## On call\n\nCall Ada.\n")
    write(service / "docs/Über uns.md", "# Über uns\n\nWir.\n")


def edit_the_core(service: Path) -> None:
    """Edit the template's files in `app/core`, although users should extend them."""
    replace(service / "app/core/timing.py", "slow_ms: float = 250.0,", "slow_ms: float = 99.0,")
    if not (service / "app/core/api").exists():
        return  # Release 0.1.0: the other two files moved, and UPGRADING.md says what to do.
    append(service / "app/core/api/etag.py", '\n\nOUR_ETAGS = "weak"\n')
    replace(
        service / "app/core/middleware/request_logging.py",
        "            status=request.status,\n",
        '            status=request.status,\n            region="eu",\n',
    )


def edit_one_of_several_copies(service: Path) -> None:
    """Edit a function; the next release inserts a nearly identical one before it."""
    if not (service / "app/core/http").exists():
        return  # Release 0.1.0: the file moved.
    text = "    try:\n        date ="
    replace(service / "app/core/http/retry_after.py", text, f"    # Mine, the date.\n{text}")


A_YEAR = (
    write_a_feature,
    write_a_migration,
    add_packages,
    extend_commands_and_containers,
    extend_the_documentation,
    edit_the_core,
    edit_one_of_several_copies,
)


def work_for_a_year(service: Path) -> None:
    """Make every edit that conflicts neither with the others nor with a usual release."""
    for edit in A_YEAR:
        edit(service)


def collide_with_the_next_release(service: Path) -> None:
    """Edit the lines that the next release changes."""
    mine = "mine: $(UV)  ## My target\n\t@echo mine\n\n"
    replace(service / "Makefile", "psql: $(UV)", f"{mine}psql: $(UV)")
    replace(service / "ruff.toml", "max-complexity = 8", "max-complexity = 12")
    append(service / ".github/workflows/checks.yml", "      - run: make mine")  # no newline
    append(service / "app/core/api/batch.py", "\n\nMY_BATCH = 1\n")
    write(service / "app/core/audit/models.py", '"""My own audit."""\n\nMY_AUDIT = 1\n')


def remove_and_move(service: Path) -> None:
    """Delete and rename files of the template; edit some that the update removes."""
    (service / "Dockerfile").unlink()
    (service / "schemathesis.toml").unlink()
    (service / "compose.yaml").rename(service / "docker-compose.yaml")
    append(service / "docker-compose.yaml", "  my-volume:\n")
    append(service / "tests/core/http/test_retry_after.py", "\nMY_TEST = 1\n")
    append(service / "app/integrations/redis/cache.py", "\nMY_CACHE = 1\n")
    write(service / "app/integrations/redis/mine.py", "MY_REDIS = 1\n")


def write_unusual_bytes(service: Path) -> None:
    """Write other line ends, encodings, binary content, file modes, and no final newline."""
    for path, line in UNUSUAL.items():
        content = (service / path).read_bytes()
        (service / path).write_bytes(content + line)
    (service / "README.md").chmod(0o755)
    (service / "alembic.ini").chmod(0o755)


UNUSUAL = {
    "app/core/errors.py": b"# mine, by an editor of Windows\r\n",
    "app/core/api/schemas.py": "# mine, in Latin-1: Gr\xfc\xdfe\n".encode("latin-1"),
    "app/core/middleware/security_headers.py": b"# mine, binary to git: \0\n",
    "app/core/api/versions.py": b"# mine, without a newline",
    "pyproject.toml": "[tool.mine]\nsays = '漢字 \N{SNOWMAN}'".encode(),
}
