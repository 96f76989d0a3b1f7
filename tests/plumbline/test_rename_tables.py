"""UPGRADING.md lists every rename that `plumbline rename` applies."""

import re

from plumbline.renames import Renames
from scripts.rename_tables import PAGE, put_tables, write_tables

RENAMES = Renames.load()


def test_the_page_is_up_to_date() -> None:
    page = PAGE.read_text("utf-8")
    assert page == put_tables(page, write_tables(RENAMES)), "run `make docs`"


def test_every_rename_has_a_row() -> None:
    rows = dict(re.findall(r"^\| `(.+)` \| `(.+)` \|$", write_tables(RENAMES), re.MULTILINE))
    assert RENAMES.words.items() <= rows.items()
    for before, now in RENAMES.imported.items():
        assert rows[before.rpartition(".")[2]] == now.rpartition(".")[2]
    paths = {f"{old.replace('.', '/')}.py" for old in RENAMES.modules}
    assert paths <= rows.keys()
