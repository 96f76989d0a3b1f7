"""A fictitious next release: the working tree's template with one change of every kind.

It tests updates while there are few real releases. Each change is a function listed in `CHANGES`; a
change of a text that the template no longer contains fails and names the text.
"""

from pathlib import Path

from tests.history import tag_all
from tests.rewriting import append, replace, substitute, write

NEXT = "1000"  # The tag of the next release; newer than that of the working tree.
NEW_TOGGLE = "search"
USER_OWNED = (".github/workflows/ci.yml", "app/features/__init__.py", "project.mk")
REMOVED = "tests/core/http/test_retry_after.py"
MOVED, MOVED_TO = "app/core/api/batch.py", "app/core/batches.py"

MIGRATION = '''\
"""Create {table}.

Revision: {revision}, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "{revision}"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("{name}",)
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "{table}",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_{table}")),
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_table("{table}")
'''
MODELS = '''\
"""Tables: {table}."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UuidKey


class {model}(Base):
    """A line of text."""

    __tablename__ = "{table}"

    id: Mapped[UuidKey]
    text: Mapped[str] = mapped_column(String(200))
'''
MODULE = '''\
"""What {name} plugs into the service."""

{imports}

__all__ = ["{model}", "module"]

module = Module(name="{name}")
'''
TEST = """\
from app.integrations.search.module import module


def test_its_folder_is_called_like_the_module() -> None:
    assert module.name == "search"
"""
REEXPORT = '''\
"""Moved to `app.core.batches`; import it from there."""

from app.core.batches import MAX_BATCH_SIZE, BatchIds, batch_failure, match_batch

__all__ = ["MAX_BATCH_SIZE", "BatchIds", "batch_failure", "match_batch"]
'''


QUESTION = """
search:
  type: bool
  help: Find things by their words?
  default: false
"""
ROW = '  - "{{% if not search|default(false) %}}{path}{{% endif %}}"\n'
SEARCH_PATHS = (
    "/app/integrations/search",
    "/migrations/versions/search",
    "/tests/integrations/search",
)


def tag_next_release(history: Path) -> None:
    """Change a repository whose checkout is the working tree's template; tag the next release."""
    for change in CHANGES:
        change(history / "template")
    tag_all(history, NEXT)


def rename_in_the_core(template: Path) -> None:
    """Rename names: in functions that are alike, and in distant files."""
    substitute(template / "app/core/timing.py", r"\breport\b", "log_call")
    for path in template.rglob("*.py"):
        text = path.read_text("utf-8")
        path.write_text(text.replace("_route_template", "_route_path"), "utf-8")


def put_a_copy_before_a_function(template: Path) -> None:
    """Insert a copy of a function, with another name, before the function."""
    path, name = template / "app/core/http/retry_after.py", "def parse_retry_after("
    function = name + path.read_text("utf-8").partition(name)[2]
    copy = function.replace("parse_retry_after", "parse_retry_later")
    replace(path, function, f"{copy}\n\n{function}")


def add_a_module(template: Path) -> None:
    """Add a module with a table to every service."""
    write_module(template, "app/core/audit", model="Trace", revision="11aa22bb33cc")
    modules = template / "app/modules.py.jinja"
    imported = "from app.core.email.module import module as email\n"
    audit = "from app.core.audit.module import module as audit\n"
    replace(modules, imported, audit + imported)
    replace(modules, "    core,\n", "    core,\n    audit,\n")


def add_a_toggle(template: Path) -> None:
    """Ask a new question that adds a module with a table, and its tests."""
    write_module(template, "app/integrations/search", model="Entry", revision="44dd55ee66ff")
    write(template / "tests/integrations/search/__init__.py", "")
    write(template / "tests/integrations/search/test_search.py", TEST)
    questions = template.parent / "copier.yml"
    append(questions, QUESTION)
    rows = "".join(ROW.format(path=path) for path in SEARCH_PATHS)
    replace(questions, "  # The example is copied", f"{rows}  # The example is copied")
    modules = template / "app/modules.py.jinja"
    line = "from app.integrations.search.module import module as search"
    replace(modules, "\n\nMODULES", f"\n{when_search(line)}\n\nMODULES")
    replace(modules, "\n)\n", f"\n{when_search('    search,')}\n)\n")


def change_dependencies(template: Path) -> None:
    """Bump one dependency and add another."""
    project = template / "pyproject.toml.jinja"
    substitute(project, r'"structlog>=([\d.]+),<\d+"', r'"structlog>=\1,<99"')
    replace(project, '    "asyncpg', '    "anyio>=4,<5",\n    "asyncpg')


def move_a_file(template: Path) -> None:
    """Move a file, and leave a re-export at the old path."""
    old = template / MOVED
    old.rename(template / MOVED_TO)
    write(old, REEXPORT)


def remove_a_file(template: Path) -> None:
    """Remove a file of the template."""
    (template / REMOVED).unlink()


def change_user_owned_files(template: Path) -> None:
    """Change files that only a new service gets; existing services must keep theirs."""
    for path in USER_OWNED:
        append(template / f"{path}.jinja", "# New in the next release\n")


def change_shared_files(template: Path) -> None:
    """Change a line of each file that users edit as well."""
    replace(template / "README.md.jinja", "Ctrl-C stops it.", "Ctrl-C ends it.")
    target = "heads: $(UV)  ## Show the newest migrations\n\t@$(RUN) alembic heads\n\n"
    replace(template / "Makefile", "psql: $(UV)", f"{target}psql: $(UV)")
    append(template / ".github/workflows/checks.yml", "      - run: make verify\n")
    replace(template / "compose.yaml.jinja", "image: postgres:18", "image: postgres:19")
    replace(template / "Dockerfile.jinja", "EXPOSE 8000", "EXPOSE 8000/tcp")
    replace(template / ".env.example.jinja", "# LOG_LEVEL=INFO", "# LOG_LEVEL=DEBUG")
    replace(template / "pyproject.toml.jinja", '["conventions", "devtools",', '["devtools",')
    replace(template / "ruff.toml", "max-complexity = 8", "max-complexity = 9")


CHANGES = (
    rename_in_the_core,
    put_a_copy_before_a_function,
    add_a_module,
    add_a_toggle,
    change_dependencies,
    move_a_file,
    remove_a_file,
    change_user_owned_files,
    change_shared_files,
)


def write_module(template: Path, folder: str, *, model: str, revision: str) -> None:
    """Write a module with one table, and its migration in a separate branch."""
    name = Path(folder).name
    imports = [
        f"from {folder.replace('/', '.')}.models import {model}",
        "from app.core.module import Module",
    ]
    words = {
        "imports": "\n".join(sorted(imports)),
        "name": name,
        "model": model,
        "table": f"{name}_lines",
        "revision": revision,
    }
    write(template / folder / "__init__.py", f'"""{name.capitalize()}."""\n')
    write(template / folder / "models.py", MODELS.format(**words))
    write(template / folder / "module.py", MODULE.format(**words))
    migration = f"migrations/versions/{name}/2027_01_02_create_{name}_lines_{revision}.py"
    write(template / migration, MIGRATION.format(**words))


def when_search(line: str) -> str:
    """Return a line of a Jinja template that is rendered if the new toggle is on."""
    return f"{{%- if search %}}\n{line}\n{{%- endif %}}"
