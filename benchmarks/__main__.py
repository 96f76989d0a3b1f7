"""Measure a generated service beside the same work by hand: `make bench`.

    python -m benchmarks [--only WORDS] [--strict]

Prints each result when it is there. A run of all measures writes `results.json`, and the table and
the plot of docs/benchmarks.md.
"""

import argparse
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from benchmarks import plot, reporting
from benchmarks.measures import Measure, Result
from benchmarks.serving import Bench, State
from benchmarks.subjects import (
    batches,
    copies,
    plain,
    reads,
    scale,
    servers,
    soak,
    starts,
    timing,
    uploads,
    vendors,
    workers,
    writes,
)
from scripts.commands import temporary_folder

MEASURES: Sequence[Measure] = (
    *reads.MEASURES,
    *plain.MEASURES,
    *writes.MEASURES,
    *timing.MEASURES,
    *uploads.MEASURES,
    *vendors.MEASURES,
    *batches.MEASURES,
    *starts.MEASURES,
    *copies.MEASURES,
    *workers.MEASURES,
    *scale.MEASURES,
)
ON_REQUEST: Sequence[Measure] = (*servers.MEASURES, *soak.MEASURES)
"""Measures that `--only` names: they take many minutes, and no strict run depends on them."""


@dataclass
class Report:
    """The results so far, the measures that failed, and the measured versions."""

    results: list[Result] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)


def main() -> None:
    """Read the command line, measure, report."""
    parser = argparse.ArgumentParser(description="Measure a generated service.")
    parser.add_argument("--only", default="", help="words that the measure's name has")
    parser.add_argument("--strict", action="store_true", help="fail if an aim is missed")
    given = parser.parse_args()
    chosen = choose(given.only)
    if not chosen:
        sys.exit(f"No measure has {given.only!r} in its name.")
    report = run(chosen)
    if len(chosen) == len(MEASURES):
        save(report)
    if reasons := conclude(report, strict=given.strict):
        sys.exit("\n".join(reasons))


def choose(words: str) -> Sequence[Measure]:
    """Return the measures whose names have the words; without words, those of every run."""
    if not words:
        return MEASURES
    return [measure for measure in (*MEASURES, *ON_REQUEST) if has_words(measure, words)]


def has_words(measure: Measure, words: str) -> bool:
    """Return whether the name of a measure has all of the words."""
    return all(word in measure.name.lower() for word in words.lower().split())


def run(measures: Sequence[Measure]) -> Report:
    """Take the measures in each of their states, and print each result when it is there."""
    print(reporting.line_of(reporting.COLUMNS))
    report = Report()
    for state in State:
        chosen = [measure for measure in measures if state in measure.states]
        with opened_bench(state) as bench:
            for measure in chosen:
                take(measure, bench, report)
            report.versions |= bench.versions() if chosen else {}
    names = [measure.name for measure in measures]
    report.results.sort(key=lambda result: names.index(result.name))
    return report


@contextmanager
def opened_bench(state: State) -> Iterator[Bench]:
    """Yield a bench whose servers stop at the end."""
    with temporary_folder() as scratch, ExitStack() as stack:
        yield Bench(state, scratch, stack)


def take(measure: Measure, bench: Bench, report: Report) -> None:
    """Take a measure; one that fails is reported, and the others are taken all the same."""
    try:
        result = measure.take(bench)
    except Exception:  # noqa: BLE001 - any
        traceback.print_exc()
        report.failed.append(f"{measure.name}, {bench.state}")
    else:
        print(reporting.line_of(reporting.cells_of(result)), flush=True)
        report.results.append(result)


def save(report: Report) -> None:
    """Write the results, and the table and the plot from them."""
    reporting.write_json(reporting.RESULTS, report.results, report.versions)
    results, versions = reporting.read_json(reporting.RESULTS)
    reporting.write_page(reporting.PAGE, results, versions)
    plot.PLOT.write_text(plot.draw(results), "utf-8")


def conclude(report: Report, *, strict: bool) -> list[str]:
    """Return the reasons for which the command fails."""
    missed = reporting.describe_missed(report.results) if strict else []
    return [*(f"failed: {name}" for name in report.failed), *missed]


if __name__ == "__main__":
    main()
