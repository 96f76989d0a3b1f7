"""Decisions of single measures: which of them run, their aims, and what their limits allow."""

from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks.measures import at_least
from benchmarks.serving import State
from benchmarks.subjects import copies, scale, soak, starts, workers


def test_long_measures_run_only_when_they_are_named() -> None:
    everything, named = command.choose(""), command.choose("soak")
    assert not {measure.name for measure in everything} & {measure.name for measure in named}
    assert [measure.name for measure in named] == ["soak, memory"]


def test_names_of_measures_are_unique() -> None:
    names = [measure.name for measure in (*command.MEASURES, *command.ON_REQUEST)]
    assert len(set(names)) == len(names)


def test_workers_have_an_aim_where_each_has_a_core() -> None:
    assert workers.aim_of(2, cores=4) == at_least(1.8)
    assert workers.aim_of(4, cores=6) == at_least(3.6)
    assert workers.aim_of(2, cores=3) is None


def test_packages_are_the_top_level_of_modules_in_the_order_of_import() -> None:
    modules = ["sqlalchemy.orm", "sqlalchemy", "fastapi", "sqlalchemy.ext.asyncio"]
    assert starts.top_level(modules) == ["sqlalchemy", "fastapi"]


def test_a_static_template_is_copied_without_rendering(tmp_path: Path) -> None:
    rendered = tmp_path / "rendered"
    (rendered / "app").mkdir(parents=True)
    (rendered / "app" / "main.py").write_text("{{ nothing }}\n", "utf-8")
    (rendered / "notes.jinja").write_text("{{ nothing }}\n", "utf-8")
    template = copies.static_template(tmp_path / "template", rendered)
    copies.copy(template, tmp_path / "copy", State.NOTHING_ON)
    assert copies.paths(tmp_path / "copy") == copies.paths(rendered)
    assert (tmp_path / "copy/app/main.py").read_text("utf-8") == "{{ nothing }}\n"


def test_a_measured_call_that_fails_is_no_figure(capfd: pytest.CaptureFixture[str]) -> None:
    def failing() -> None:
        raise LookupError

    with pytest.raises(RuntimeError, match="failed"):
        copies.cpu_of_child(failing)
    assert "LookupError" in capfd.readouterr().err


def test_a_measured_call_has_the_cpu_time_of_its_process() -> None:
    assert 0.01 < copies.cpu_of_child(lambda: sum(range(5_000_000))) < 10


def test_a_list_may_read_the_rows_of_its_page_by_index_and_no_more() -> None:
    assert not scale.reads_too_much(scans=0, rows=210, pages=1)
    assert scale.reads_too_much(scans=0, rows=211, pages=1)
    assert scale.reads_too_much(scans=1, rows=0, pages=1)


def test_a_worker_may_not_keep_connections_tasks_or_sessions() -> None:
    early = soak.Left(megabytes=100, files=20, tasks=4, sessions=5)
    assert not soak.is_leak(early, early._replace(megabytes=200))
    assert not soak.is_leak(early, early._replace(files=19))
    for name in ("files", "tasks", "sessions"):
        assert soak.is_leak(early, early._replace(**{name: getattr(early, name) + 1})), name
