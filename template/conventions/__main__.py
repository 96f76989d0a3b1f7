"""Say what in this service breaks which convention, where, why, and how to mend it.

Exit status: 0 when nothing reaches the bar, 1 when something does, 2 when the review itself failed.
"""

import argparse
import gc
import json
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

from conventions.baseline import Baseline, read_baseline, write_baseline
from conventions.changes import Changes
from conventions.configuration import ConfigurationError, read_configuration
from conventions.coverage import read_conventions, write_table, write_text
from conventions.patches import apply_patches
from conventions.promise import PROMISE
from conventions.reports import REPORTS
from conventions.reports.rules import write_explanation
from conventions.rule import Severity
from conventions.rules import LEFT_OUT, RULES
from conventions.running import Review, run
from conventions.service import Service
from conventions.tools import Tools
from conventions.verify import verify
from conventions.verify import write as write_verdicts

ROOT = Path(__file__).parents[1]
LEVELS = {level.option: level for level in Severity} | {"never": None}
COMMANDS = ("review", "verify", "baseline", "explain", "list", "openapi")


def main() -> int:
    """Read the command line and do what it asks; return the exit status."""
    arguments = sys.argv[1:]
    if not arguments or arguments[0] not in {*COMMANDS, "-h", "--help"}:
        arguments = ["review", *arguments]
    options = _parser().parse_args(arguments)
    gc.disable()  # Trees of code are many objects that live to the end: it is a third of the time.
    try:
        return options.run(options)
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m conventions",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(metavar="COMMAND")
    review = commands.add_parser("review", help="review the service (what it does unless told)")
    review.set_defaults(run=_review)
    review.add_argument("--changed", nargs="?", const="", metavar="BASE", help="only what differs")
    review.add_argument("--format", choices=sorted(REPORTS), default="text")
    review.add_argument("--fail-on", choices=LEVELS, help="the least that fails")
    review.add_argument("--output", type=Path, metavar="FILE", help="write the report there")
    review.add_argument("--fix", action="store_true", help="apply mechanical patches first")
    baseline = commands.add_parser("baseline", help="accept everything that is there today")
    baseline.set_defaults(run=_write_baseline)
    explain = commands.add_parser("explain", help="say why a rule is there, with an example")
    explain.set_defaults(run=_explain)
    explain.add_argument("rule", metavar="RULE")
    listing = commands.add_parser("list", help="list the conventions, and what checks each")
    listing.set_defaults(run=_list)
    listing.add_argument("--format", choices=["markdown", "text"], default="text")
    verifying = commands.add_parser("verify", help="go through the checklist of ten points")
    verifying.set_defaults(run=_verify)
    promising = commands.add_parser("openapi", help="promise what the API is today: openapi.json")
    promising.set_defaults(run=_promise)
    return parser


def _review(options: argparse.Namespace) -> int:
    changes = None if options.changed is None else Changes(ROOT, base=options.changed)
    service, review = _look()
    if changes:
        review = review.only(changes)
    if options.fix and apply_patches(review, ROOT):
        again = [argument for argument in sys.argv[1:] if argument != "--fix"]
        command = [sys.executable, "-m", "conventions", *again]
        return subprocess.run(command, cwd=ROOT, check=False).returncode
    _write(REPORTS[options.format](review), options.output)
    if review.crashes:
        return 2
    bar = LEVELS[options.fail_on] if options.fail_on else service.configuration.fail_on
    return int(any(bar and finding.severity.reaches(bar) for finding in review.findings))


def _write_baseline(_: argparse.Namespace) -> int:
    service, review = _look(Baseline())
    if service.broken or review.crashes:
        problems = [*(found.message for found in service.broken), *review.crashes]
        message = f"A baseline needs rules that ran; mend this first: {problems[0]}"
        raise ConfigurationError(message)
    path = ROOT / service.configuration.baseline
    path.write_text(write_baseline(review.findings), "utf-8")
    print(f"{len(review.findings)} findings are in {path.name} now and are not reported again.")
    return 0


def _explain(options: argparse.Namespace) -> int:
    rules = {rule.id: rule for rule in RULES}
    if options.rule not in rules:
        message = f"There is no rule {options.rule!r}; `make explain` lists them."
        raise ConfigurationError(message)
    print(write_explanation(rules[options.rule], read_conventions(ROOT, RULES)))
    return 0


def _list(options: argparse.Namespace) -> int:
    conventions = read_conventions(ROOT, RULES)
    print(write_table(conventions) if options.format == "markdown" else write_text(conventions))
    return 0


def _verify(_: argparse.Namespace) -> int:
    verdicts = list(verify(*_look(), read_conventions(ROOT, RULES)))
    print(write_verdicts(verdicts))
    return int(not all(verdict.passed for verdict in verdicts))


def _promise(_: argparse.Namespace) -> int:
    service, _review = _look()
    if service.broken:
        raise ConfigurationError(service.broken[0].message)
    document = json.dumps(service.openapi, indent=2, ensure_ascii=False)
    (ROOT / PROMISE).write_text(f"{document}\n", "utf-8")
    print(f"{PROMISE} holds the API of today. Commit it: the review then finds what breaks it.")
    return 0


def _look(baseline: Baseline | None = None) -> tuple[Service, Review]:
    """Run every rule over the service, apart from what the baseline accepts."""
    rules = frozenset(rule.id for rule in RULES)
    configuration = read_configuration(ROOT, rules=None if LEFT_OUT else rules)
    known = baseline or read_baseline(ROOT / configuration.baseline)
    tools = Tools(ROOT)
    service = Service(ROOT, configuration=configuration, tools=tools, baseline=known, rules=rules)
    try:
        with redirect_stdout(sys.stderr):  # what the service prints is no part of the report
            review = run(RULES, service)
    finally:
        tools.stop()
    if not service.broken:
        review.crashes.extend(LEFT_OUT)
    for crash in review.crashes:
        print(f"This rule failed itself; please report it: {crash}", file=sys.stderr)
    return service, review


def _write(report: str, output: Path | None) -> None:
    if output is None:
        print(report)
        return
    try:
        output.write_text(f"{report}\n", "utf-8")
    except OSError as error:
        message = f"the report cannot be written to {output}: {error.strerror}"
        raise ConfigurationError(message) from error


if __name__ == "__main__":
    sys.exit(main())
