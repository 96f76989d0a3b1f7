"""The section of AGENTS.md with the rules of the team."""

import re
from pathlib import Path

from conventions.configuration import ConfigurationError

GUIDE = "AGENTS.md"
_SECTION = re.compile(r"(<!-- house_rules -->\n).*?(\n<!-- end -->)", re.DOTALL)


def update_guide(root: Path, rules: str) -> None:
    """Replace the list of the team's rules in the guide.

    Args:
        root: The service's folder.
        rules: The new list.

    Raises:
        ConfigurationError: The guide has no such section.
    """
    path = root / GUIDE
    text = path.read_text("utf-8")
    if not _SECTION.search(text):
        message = f"{GUIDE} has no lines `<!-- house_rules -->` and `<!-- end -->`: add them"
        raise ConfigurationError(message)
    path.write_text(_SECTION.sub(lambda found: f"{found[1]}{rules}{found[2]}", text), "utf-8")
