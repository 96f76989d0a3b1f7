"""`docs/updating.md` names tests that exist."""

import re
from pathlib import Path

from scripts.rendering import ROOT


def test_every_test_that_the_page_names_is_here() -> None:
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs/updating.md").read_text("utf-8")))
    sources = [path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py")]
    defined = {
        name for text in sources for name in re.findall(r"^def (test_\w+)", text, re.MULTILINE)
    }
    assert named - defined == set()
