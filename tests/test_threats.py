"""Each threat of the model has a proof that exists."""

import re

from proof.attack.plan import ATTACKS
from scripts.rendering import ROOT

PAGE = (ROOT / "docs/threats.md").read_text("utf-8")
ROWS = [
    line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| **")
][2:]


def test_every_threat_names_a_proof() -> None:
    assert len(ROWS) >= 20
    for row in ROWS:
        assert "attack *" in row or "::test_" in row, row


def test_every_attack_is_in_the_model_and_exists() -> None:
    assert set(re.findall(r"attack \*([^*]+)\*", PAGE)) == {attack.name for attack in ATTACKS}


def test_every_test_exists() -> None:
    named = re.findall(r"`([\w/]+\.py)::(test_\w+)`", PAGE)
    assert named
    for path, name in named:
        code = (ROOT / "template/tests" / path).read_text("utf-8")
        assert re.search(rf"^(async )?def {name}\(", code, re.MULTILINE), (path, name)
