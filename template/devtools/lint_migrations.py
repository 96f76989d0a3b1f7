"""Find risks of migrations for a live table: long locks, rewrites, rows that cannot be added.

    python -m devtools.lint_migrations

squawk checks the SQL of every migration. A risk is accepted in the migration, with its reason:

    accepted_risks = {"adding-required-field": "the table is filled by this migration only"}
"""

import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

SERVICE_ROOT = Path(__file__).parents[1]
SQUAWK = Path(sys.executable).with_name("squawk")
NEXT_BEGIN = re.compile(r"^BEGIN;\s*\Z", re.MULTILINE)
ONE_MIGRATION = re.compile(r"^-- Running upgrade .*-> (\w+).*$", re.MULTILINE)
PREAMBLE = "SET lock_timeout = '5s';\nBEGIN;\n"


@dataclass(frozen=True)
class Risk:
    """A risk of one migration for a live table."""

    path: Path
    rule: str
    message: str

    def __str__(self) -> str:
        """Return the risk as one line."""
        return f"{self.path}: {self.rule}: {self.message}"


def find_risks(root: Path = SERVICE_ROOT) -> list[Risk]:
    """Return the risks of all migrations that are not accepted.

    Args:
        root: The service's folder, with `alembic.ini` and `.squawk.toml`.
    """
    config = Config(root / "alembic.ini")
    config.file_config.set("DEFAULT", "here", root.as_posix().replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    risks: list[Risk] = []
    for revision, sql in _sql_by_revision(config):
        script = scripts.get_revision(revision)
        accepted: Mapping[str, str] = getattr(script.module, "accepted_risks", {})
        path = Path(script.path).relative_to(root)
        risks += [risk for risk in _lint(path, sql, root=root) if not accepted.get(risk.rule)]
    return risks


def _sql_by_revision(config: Config) -> Iterator[tuple[str, str]]:
    config.output_buffer = io.StringIO()
    command.upgrade(config, "heads", sql=True)
    _, *parts = ONE_MIGRATION.split(config.output_buffer.getvalue())
    yield from zip(parts[::2], parts[1::2], strict=True)


def _lint(path: Path, sql: str, *, root: Path) -> Iterator[Risk]:
    done = subprocess.run(
        [SQUAWK, "--reporter", "json", "--stdin-filepath", str(path)],
        input=PREAMBLE + NEXT_BEGIN.sub("", sql),
        capture_output=True,
        text=True,
        cwd=root,
        check=False,
    )
    if not done.stdout:
        message = f"squawk failed on {path}: {done.stderr.strip()}"
        raise RuntimeError(message)
    for finding in json.loads(done.stdout):
        yield Risk(path, finding["rule_name"], finding["message"])


def main() -> None:
    """Print every risk, one a line; exit with 1 if there is one."""
    risks = find_risks()
    for risk in risks:
        print(risk)
    if risks:
        sys.exit(
            "These are risks for a live table: https://squawkhq.com/docs/rules shows safer ways. "
            "Accept one, with its reason, in `accepted_risks` of the migration."
        )


if __name__ == "__main__":
    main()
