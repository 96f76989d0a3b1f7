"""Writes the tables of renames in UPGRADING.md, from the table that `plumbline rename` applies.

`make docs` runs it. What is an error code and what a log event is read from the release before.
"""

import re
import tempfile
from collections.abc import Iterable
from pathlib import Path

from plumbline.renames import Renames
from scripts.archives import unpack_release
from scripts.rendering import ROOT

PAGE = ROOT / "UPGRADING.md"
BEFORE = "0.1.0"
BEGIN, END = "<!-- `make docs` writes this part. -->", "<!-- Up to here. -->"
_CODE = re.compile(r'\bcode(?:: \w+)? = "(\w+)"')
_EVENT = re.compile(r'\.(?:debug|info|warning|error|exception|critical)\(\s*"(\w+)"')


def write_tables(renames: Renames) -> str:
    """Return the tables of error codes, log events, modules and names, in Markdown."""
    codes, events = read_codes_and_events(BEFORE)
    names = {name: now for name, now in renames.words.items() if name not in codes | events}
    names |= {_local(dotted): _local(now) for dotted, now in renames.imported.items()}
    names |= {".".join(old.split(".")[-2:]): _local(now) for old, now in renames.methods.items()}
    names |= {f"{_call(dotted)}=…)": f"{now}=…" for dotted, now in renames.keywords.items()}
    return "\n".join(
        [
            "### Error codes",
            *_table((name, renames.words[name]) for name in sorted(codes & renames.words.keys())),
            "### Log events",
            *_table((name, renames.words[name]) for name in sorted(events & renames.words.keys())),
            "### Modules",
            *_table((_path(old), _path(new)) for old, new in sorted(renames.modules.items())),
            "### Names in Python",
            *_table(sorted(names.items(), key=lambda pair: pair[0].lower())),
        ]
    )


def read_codes_and_events(version: str) -> tuple[set[str], set[str]]:
    """Return the error codes and the log events in the source of a release."""
    with tempfile.TemporaryDirectory() as folder:
        unpack_release(version, Path(folder))
        sources = [path.read_text("utf-8") for path in Path(folder, "template/app").rglob("*.py")]
    return (
        {code for text in sources for code in _CODE.findall(text)},
        {event for text in sources for event in _EVENT.findall(text)},
    )


def put_tables(page: str, tables: str) -> str:
    """Return a page with the tables between its two marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{tables}{END}{after}"


def _table(rows: Iterable[tuple[str, str]]) -> list[str]:
    lines = [f"| `{before}` | `{now}` |" for before, now in rows]
    return ["", f"| in {BEFORE} | now |", "| --- | --- |", *lines, ""]


def _path(module: str) -> str:
    return f"{module.replace('.', '/')}.py"


def _local(dotted: str) -> str:
    return dotted.rpartition(".")[2]


def _call(dotted: str) -> str:
    """Return `function(keyword` for the dotted path of a keyword."""
    function, keyword = dotted.split(".")[-2:]
    return f"{function}({keyword}"


def main() -> None:
    """Write the tables."""
    page = PAGE.read_text("utf-8")
    PAGE.write_text(put_tables(page, write_tables(Renames.load())), "utf-8")
    print(f"{PAGE.relative_to(ROOT)} is up to date.")


if __name__ == "__main__":
    main()
