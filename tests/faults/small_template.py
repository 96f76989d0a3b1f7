"""A template of a dozen files with two releases, whose updates take a fraction of a second."""

from pathlib import Path

from tests.history import git

OLD, NEW = "1.0", "2.0"

COPIER = """\
_subdirectory: template
_exclude:
  - .git
  - "{% if not search %}/app/integrations/search{% endif %}"
  - "{% if not search %}/migrations/versions/search{% endif %}"
  - "{% if not search %}/migrations/versions/queue{% endif %}"
_skip_if_exists: [project.mk]
name: {type: str, default: service}
search: {type: bool, default: false}
"""
LINES = [f"line_{number} = {number}\n" for number in range(40)]
MIGRATION = """\
revision = "{revision}"
down_revision = {after}


def upgrade():
    op.create_table("{revision}s")
"""
MODULES = """\
{% if search -%}
from app.integrations.search.module import module as search
{% endif -%}
MODULES = []
"""
FILES = {
    "{{_copier_conf.answers_file}}.jinja": "{{ _copier_answers|to_nice_yaml -}}\n",
    ".claude/agents.md": "agents\n",
    ".env.example": "# NAME=service\n# OLD_ONE=1\n# --- Yours ---\n",
    ".gitignore": ".data\n.env\n*.cache\n",
    "AGENTS.md": "Read this.\n\nAnd this.\n",
    "README.md.jinja": "# {{ name }}\n\nText.\n\nMore.\n",
    "app/core.py": "".join(LINES),
    "app/integrations/search/module.py": "module = 1\n",
    "app/modules.py.jinja": MODULES,
    "app/old.py": "OLD = 1\n",
    "devtools/run.sh": "#!/bin/sh\nexit 0\n",
    "migrations/versions/core/c1.py": MIGRATION.format(revision="c1", after=None),
    "migrations/versions/queue/q1.py": MIGRATION.format(revision="q1", after=None),
    "migrations/versions/search/s1.py": MIGRATION.format(revision="s1", after=None),
    "project.mk": "# yours\n",
}


def build(folder: Path) -> Path:
    """Build the repository of the template, with both releases; return its folder."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet")
    write(folder, "copier.yml", COPIER)
    for path, content in FILES.items():
        write(folder / "template", path, content)
    (folder / "template/devtools/run.sh").chmod(0o755)
    tag(folder, OLD)
    change(folder)
    tag(folder, NEW)
    return folder


def change(folder: Path) -> None:
    """Make the second release: a change of each kind."""
    template = folder / "template"
    changed = LINES.copy()
    changed[3], changed[20] = "line_3 = 'new'\n", "line_20 = 'new'\n"
    write(template, "app/core.py", "".join(changed))
    write(template, ".env.example", "# NAME=service\n# NEW_ONE=1\n# --- Yours ---\n")
    write(template, "AGENTS.md", "Read that.\n\nAnd this.\n")
    write(template, ".claude/helpers/new.md", "new\n")
    write(template, "app/new.py", "NEW = 1\n")
    write(template, "migrations/versions/core/c2.py", MIGRATION.format(revision="c2", after="'c1'"))
    for path in (f"migrations/versions/{name}.py" for name in ("core/c1", "queue/q1", "search/s1")):
        write(template, path, "# Again.\n" + FILES[path])
    (template / "app/old.py").unlink()


def write(folder: Path, path: str, content: str) -> None:
    """Write a file and the folders above it."""
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content, "utf-8")


def tag(folder: Path, version: str) -> None:
    """Commit everything in a folder and tag it."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", version)
    git(folder, "tag", "--force", version)
