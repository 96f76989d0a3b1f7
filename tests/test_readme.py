"""Every command of a service's README works."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rewriting import write
from tests.services import make_service
from tests.toggles import EVERYTHING_ON, NOTHING_ON

# A block ```sh has commands; ```LANGUAGE PATH has a file that the reader writes.
BLOCK = re.compile(r"^```(\w+)(?: +(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PRICES = """\
Ticker,Date,Open,High,Low,Close,Volume,Adj Close
AAPL,2013-02-27,448.43,452.44,440.65,444.57,20916700,444.57
AAPL,2013-02-28,444.05,447.87,441.40,441.40,11518400,441.40
"""


@pytest.mark.parametrize(
    ("example", "switched"),
    [
        pytest.param("none", NOTHING_ON, marks=pytest.mark.xdist_group("readme of the smallest")),
        pytest.param("market_data", EVERYTHING_ON, marks=pytest.mark.xdist_group("readme of all")),
    ],
    ids=["smallest", "largest"],
)
def test_every_command_works_in_the_order_of_the_text(
    template: Path, services_folder: Path, example: str, switched: dict[str, bool]
) -> None:
    folder = services_folder / f"readme of {example}"
    service = make_service(folder, template, example=example, **switched)
    (service.folder / "prices.csv").write_text(PRICES, "utf-8")
    plan = list(steps((service.folder / "README.md").read_text("utf-8")))
    assert {"make setup", "make dev", "make check", "make test"} <= {
        command for command, *_ in plan
    }
    for command, path, text in plan:
        if path:
            write(service.folder / path, text)
        elif command == "make dev":
            with service.serving(command):
                pass
        else:
            service.run(command)


def steps(readme: str) -> Iterator[tuple[str, str, str]]:
    """Yield the reader's steps in order: a command, or the path and the text of a file."""
    for language, path, text in BLOCK.findall(readme):
        if path:
            yield "", path, text
        elif language == "sh":
            for command in text.splitlines():
                yield command, "", ""


def test_the_steps_are_found_in_a_text() -> None:
    readme = "```sh\nmake a\nmake b\n```\n\n```python app/x.py\nX = 1\n```\n\n```text\nno\n```\n"
    assert list(steps(readme)) == [
        ("make a", "", ""),
        ("make b", "", ""),
        ("", "app/x.py", "X = 1\n"),
    ]
