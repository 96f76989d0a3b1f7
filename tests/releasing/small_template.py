"""A small template with one of each kind of shipped part."""

from datetime import date

TODAY = date(2027, 1, 31)
SETTINGS = "template/app/settings.py"
MIGRATION = "template/migrations/versions/core/create_things.py"
FILES = {
    "pyproject.toml": '[project]\nname = "small"\nversion = "0.2.0.dev0" # The next.\n',
    "CHANGELOG.md": "# Changelog\n\n## Unreleased\n\n## 0.1.0 - 2026-11-25\n\n- All.\n",
    "UPGRADING.md": "# Upgrading\n\n## Unreleased\n\n## 0.1.0\n\nThe first release.\n",
    "copier.yml": """\
_exclude:
  - "{% if not extra|default(false) %}/app/extra{% endif %}"
  - "{% if not counted|default(false) %}/app/counted.py{% endif %}"
name: { type: str, default: My Service }
color: { type: str, choices: { Red: red, Blue: blue }, default: red }
extra: { type: bool, default: false }
counted: { type: bool, default: "{{ extra }}", when: false }
""",
    "questions/none.yml": "",
    "template/Makefile": "UV := uv\n\nworker: up  ## Work\n\t@true\n",
    "template/devtools/targets/extra.mk": "extra-load:\n\t@true\n",
    "template/README.md.jinja": "# {{ name }}\n",
    "template/app/counted.py": "",
    "template/app/extra/module.py": "",
    SETTINGS: '''\
class MailSettings(BaseSettings):
    required_in_production: ClassVar[tuple[str, ...]] = ("mail_host",)

    mail_host: str | None = None
    mail_port: int = 587
    """The port."""

    def missing_in_production(self) -> list[str]:
        """Return what is missing."""
        return []
''',
    MIGRATION: '''\
"""Create things."""

revision: str = "5d0b7c3e91fa"
down_revision: str | None = None


def upgrade() -> None:
    """Create."""
    op.create_table("things")
''',
}
