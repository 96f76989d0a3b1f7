"""Measure a generated service beside the same work by hand: `make bench`.

    python -m benchmarks [--only WORDS] [--strict]

Prints each result when it is there. A run of all measures writes results.json, and the table and
the plot of docs/benchmarks.md.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from benchmarks.measures import Measure, Result
from benchmarks.reporting import HEADER, line_of
from benchmarks.serving import Bench, State
from benchmarks.subjects import plain, reads, writes
from scripts.commands import temporary_folder

MEASURES: Sequence[Measure] = (*reads.MEASURES, *plain.MEASURES, *writes.MEASURES)


def main() -> None:
    """Read the command line, measure, report."""
    parser = argparse.ArgumentParser(description="Measure a generated service.")
    parser.add_argument("--only", default="", help="words that the measure's name has")
    parser.add_argument("--strict", action="store_true", help="fail if an aim is missed")
    given = parser.parse_args()
    chosen = [measure for measure in MEASURES if has_words(measure.name, given.only)]
    if not chosen:
        sys.exit(f"No measure has {given.only!r} in its name.")
    print(HEADER)
    for result in take(chosen):
        print(line_of(result), flush=True)


def has_words(name: str, words: str) -> bool:
    """Return whether a name has all of the words."""
    return all(word in name.lower() for word in words.lower().split())


def take(measures: Sequence[Measure]) -> Iterator[Result]:
    """Take each measure in each of its states; a service of a state is generated once."""
    for state in State:
        with ExitStack() as stack:
            bench = Bench(state, stack.enter_context(temporary_folder()), stack)
            for measure in measures:
                if state in measure.states:
                    yield measure.take(bench)


if __name__ == "__main__":
    main()
