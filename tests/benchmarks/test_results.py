"""The results are kept as JSON, and the table and the plot are made of it."""

import json
from pathlib import Path
from socket import gethostname
from tempfile import gettempdir
from xml.etree import ElementTree as ET

import pytest

from benchmarks import __main__ as command
from benchmarks import plot, reporting
from benchmarks.measures import Aim, Figure, Measure, Result, at_least, at_most
from benchmarks.serving import Bench, State
from scripts.rendering import ROOT

VERSIONS = {"Python": "3.13.1", "fastapi": "0.165.0"}


def made_up(
    name: str, ratio: float, aim: Aim | None = None, state: State = State.NOTHING_ON
) -> Result:
    turn = [Figure(ratio, cpu=2.0), Figure(1.0, cpu=1.0), Figure(2 * ratio)]
    return Result(name, f"the unit of {name}", state, aim, [turn])


READS = made_up("reads", 0.5, at_least(0.9))
COSTS = made_up("costs", 1.5, at_most(2), State.EVERYTHING_ON)
SHOWN = made_up("shown", 12.3)
RESULTS = [READS, COSTS, SHOWN]


def test_results_are_the_same_after_they_were_stored(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    reporting.write_json(path, RESULTS, VERSIONS)
    assert reporting.read_json(path) == (RESULTS, VERSIONS)
    stored = json.loads(path.read_text("utf-8"))["results"][0]
    assert (stored["ratio"], stored["floor"], stored["cpu"]) == (0.5, 1.0, 2.0)


def test_the_table_is_written_between_the_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{reporting.BEGIN}\nold\n{reporting.END}\nafter\n", "utf-8")
    for _ in range(2):
        reporting.write_page(page, RESULTS, VERSIONS)
    text = page.read_text("utf-8")
    assert text.startswith(f"before\n{reporting.BEGIN}\n\n| measure |")
    assert text.endswith(f"\n{reporting.END}\nafter\n")
    assert "old" not in text
    assert "| reads | nothing on | **0.50** | ≥ 0.9 | 1.00 | 2.00 |" in text
    assert "| costs | everything on | 1.50 | ≤ 2 | 3.00 | 2.00 |" in text
    assert "| shown | nothing on | 12 |  | 25 | 2.00 |" in text
    assert "- **reads**: the unit of reads." in text
    assert "in 1 turns or more, with Python 3.13.1, fastapi 0.165.0." in text


def test_the_plot_has_a_dot_for_each_aim_and_is_well_formed() -> None:
    drawn = ET.fromstring(plot.draw(RESULTS))  # noqa: S314 (our own)
    middle = plot.position(1)
    rows = [dot for dot in drawn.iter() if float(dot.get("cy", 0)) > plot.TOP]
    assert [dot.get("class") for dot in rows] == ["missed off", "met"]
    assert float(rows[0].get("cx", "")) < middle < float(rows[1].get("cx", ""))
    assert "shown" not in plot.draw(RESULTS)


@pytest.mark.parametrize(("ratio", "place"), [(0.01, plot.LEFT), (1, 450), (100, plot.RIGHT)])
def test_a_place_in_the_plot_is_never_outside(ratio: float, place: float) -> None:
    assert plot.position(ratio) == place


@pytest.mark.parametrize(
    ("strict", "reasons"),
    [
        (True, ["failed: uploads", "missed: reads, nothing on: 0.50, aim ≥ 0.9"]),
        (False, ["failed: uploads"]),
    ],
)
def test_strict_names_each_aim_that_is_missed(*, strict: bool, reasons: list[str]) -> None:
    report = command.Report(RESULTS, failed=["uploads"])
    assert command.conclude(report, strict=strict) == reasons


def test_the_command_fails_in_strict_mode_and_saves_whole_runs_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    saved: list[command.Report] = []
    measures = [measure(name) for name in ("reads", "costs", "shown")]
    monkeypatch.setattr(command, "MEASURES", measures)
    monkeypatch.setattr(command, "save", saved.append)
    monkeypatch.setattr(command, "run", report_of)
    missed = "missed: reads, nothing on: 0.50, aim ≥ 0.9"
    assert run(monkeypatch, "--only", "costs", "--strict") is None
    assert run(monkeypatch, "--only", "READ", "--strict") == missed
    assert run(monkeypatch) is None
    assert [len(report.results) for report in saved] == [3]
    assert run(monkeypatch, "--only", "nonsense") == "No measure has 'nonsense' in its name."


def test_a_measure_that_fails_is_named_and_the_others_are_taken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Bench, "versions", versions)
    report = command.run([measure("broken"), measure("shown", SHOWN)])
    assert report.failed == ["broken, nothing on"]
    assert report.results == [SHOWN]
    assert report.versions == VERSIONS
    assert "12" in capsys.readouterr().out


def versions(_: Bench) -> dict[str, str]:
    """Return versions without a service."""
    return VERSIONS


def measure(name: str, result: Result | None = None) -> Measure:
    """Return a measure that has a result at once, or fails."""

    class MadeUp(Measure):
        def take(self, bench: Bench) -> Result:
            assert bench.state is State.NOTHING_ON
            assert result, f"{name} is broken"
            return result

    return MadeUp(name, "", None, lambda _: pytest.fail("not opened"), states=[State.NOTHING_ON])


def report_of(chosen: list[Measure]) -> command.Report:
    """Return the made-up results of measures."""
    names = {measure.name for measure in chosen}
    return command.Report([result for result in RESULTS if result.name in names])


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> object:
    """Run the command, and return its exit status or message."""
    monkeypatch.setattr("sys.argv", ["benchmarks", *arguments])
    try:
        command.main()
    except SystemExit as ended:
        return ended.code
    return None


def test_the_committed_table_and_plot_are_those_of_the_committed_results() -> None:
    results, versions = reporting.read_json(reporting.RESULTS)
    assert reporting.table_of(results, versions) in reporting.PAGE.read_text("utf-8")
    assert plot.PLOT.read_text("utf-8") == plot.draw(results)


def test_the_committed_results_are_those_of_measures_with_their_aims() -> None:
    results, _ = reporting.read_json(reporting.RESULTS)
    assert {(one.name, one.compared, one.state, one.aim) for one in results} <= {
        (one.name, one.compared, state, one.aim) for one in command.MEASURES for state in one.states
    }


def test_the_committed_results_name_no_place_of_a_machine() -> None:
    text = reporting.RESULTS.read_text("utf-8")
    places = [str(ROOT), str(Path.home()), gettempdir(), gethostname(), "localhost", "127.0.0.1"]
    assert [place for place in places if place in text] == []


def test_names_of_measures_are_unique() -> None:
    names = [measure.name for measure in command.MEASURES]
    assert len(names) == len(set(names))
