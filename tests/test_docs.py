"""Links, paths and titles in the pages refer to files and headings that exist."""

import re
from pathlib import Path

import pytest

from scripts.rendering import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
DECISIONS = ROOT / "docs/decisions"
LINK = re.compile(r"\[[^\]]*\]\((?!https?:)([^)\s]*)\)")
SERVICE_PATH = re.compile(
    r"`((?:app|tests|conventions|devtools|migrations)/[\w./]+|\.env\.example)`"
)

WALK_ROW = re.compile(r"^\| .* \| `(app/[\w./]+\.py)` \| (.+) \|$", re.MULTILINE)


def slug_of(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def headings_of(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {slug_of(heading) for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_relative_link_leads_to_a_file_and_heading(page: Path) -> None:
    for link in LINK.findall(page.read_text("utf-8")):
        path, _, heading = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if heading:
            assert heading in headings_of(target), link


def test_every_path_on_the_architecture_page_exists() -> None:
    paths = SERVICE_PATH.findall((ROOT / "docs/architecture.md").read_text("utf-8"))
    assert len(paths) > 50
    template = ROOT / "template"
    missing = {
        path
        for path in paths
        if not (template / path).exists() and not (template / f"{path}.jinja").exists()
    }
    assert missing == set()


def test_every_function_in_the_walks_is_in_its_file() -> None:
    rows = WALK_ROW.findall((ROOT / "docs/architecture.md").read_text("utf-8"))
    assert len(rows) > 30
    missing = {
        (path, name)
        for path, names in rows
        for name in re.findall(r"[\w.]+", names)
        if not is_defined(name, (ROOT / "template" / path).read_text("utf-8"))
    }
    assert missing == set()


def is_defined(name: str, source: str) -> bool:
    """Return whether a file defines `function`, `Class`, `CONSTANT` or `Class.method`."""
    return all(
        re.search(rf"^ *(?:(?:async )?def |class ){part}\b|^{part}\b.* = ", source, re.MULTILINE)
        for part in name.split(".")
    )


def test_every_decision_is_listed_under_its_own_title() -> None:
    pages = sorted(DECISIONS.glob("0*.md"))
    titles = [page.read_text("utf-8").partition("\n")[0] for page in pages]
    listed = [
        f"[{int(page.name[:4])}]({page.name}) | {title.partition('. ')[2]} |"
        for page, title in zip(pages, titles, strict=True)
    ]
    rows = (DECISIONS / "README.md").read_text("utf-8").splitlines()
    assert [f"| {row}" for row in listed] == [row for row in rows if row.startswith("| [")]
