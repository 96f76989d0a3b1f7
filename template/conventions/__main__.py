"""Review the service: report each violation of a convention, its reason and its fix.

Exit status: 0 if no finding reaches the threshold, 1 if one does, 2 if the review failed.
"""

import argparse
import gc
import json
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

from conventions.base import reviewing_base
from conventions.baseline import Baseline, read_baseline, write_baseline
from conventions.configuration import ConfigurationError, read_configuration
from conventions.coverage import (
    read_conventions,
    write_explanation,
    write_guide,
    write_list,
    write_table,
)
from conventions.deep import run_deep
from conventions.findings import Severity
from conventions.guide import GUIDE, update_guide
from conventions.house import FOLDER
from conventions.openapi_snapshot import SNAPSHOT
from conventions.patches import apply_patches
from conventions.reports import REPORTS
from conventions.reports.plain import write_text
from conventions.review import Review, run_rules
from conventions.rule import Rule
from conventions.rules import HOUSE, RULES, RULES_OF_CHECK, SKIPPED
from conventions.service import Service
from conventions.tools import ROOT, Tools
from conventions.verify import verify, write_checklist

LEVELS = {level.option: level for level in Severity} | {"never": None}
COMMANDS = ("review", "check", "verify", "baseline", "explain", "list", "guide", "openapi")


def main() -> int:
    """Run the command line; return the exit status."""
    arguments = sys.argv[1:]
    if not arguments or arguments[0] not in {*COMMANDS, "-h", "--help"}:
        arguments = ["review", *arguments]
    options = _parser().parse_args(arguments)
    gc.disable()  # Syntax trees are many objects that live until the end: a third of the time.
    try:
        return run_deep(lambda: options.run(options))
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
    review = commands.add_parser("review", help="review the service (the default command)")
    review.set_defaults(run=_review)
    review.add_argument(
        "--changed", nargs="?", const="", metavar="BASE", help="report only new findings since BASE"
    )
    review.add_argument("--format", choices=sorted(REPORTS), default="text")
    review.add_argument("--fail-on", choices=LEVELS, help="lowest severity that fails")
    review.add_argument("--output", type=Path, metavar="FILE", help="write the report to FILE")
    review.add_argument("--fix", action="store_true", help="apply safe patches first")
    checking = commands.add_parser("check", help="report findings of ruff, pyrefly and squawk only")
    checking.set_defaults(run=_check)
    baseline = commands.add_parser("baseline", help="accept all present findings")
    baseline.set_defaults(run=_write_baseline)
    explain = commands.add_parser("explain", help="explain a rule, with an example")
    explain.set_defaults(run=_explain)
    explain.add_argument("rule", metavar="RULE")
    listing = commands.add_parser("list", help="list the conventions and their checks")
    listing.set_defaults(run=_list)
    listing.add_argument("--format", choices=["markdown", "text"], default="text")
    guide = commands.add_parser("guide", help=f"list the rules of {FOLDER}/ in {GUIDE}")
    guide.set_defaults(run=_write_guide)
    verifying = commands.add_parser("verify", help="run the checklist, its commands and its tests")
    verifying.set_defaults(run=_verify)
    snapshot = commands.add_parser("openapi", help=f"write the present API to {SNAPSHOT}")
    snapshot.set_defaults(run=_write_snapshot)
    return parser


def _review(options: argparse.Namespace) -> int:
    service, review = _review_of(options)
    if options.fix and apply_patches(review, ROOT):
        again = [argument for argument in sys.argv[1:] if argument != "--fix"]
        command = [sys.executable, "-m", "conventions", *again]
        return subprocess.run(command, cwd=ROOT, check=False).returncode
    _write(REPORTS[options.format](review), options.output)
    if review.crashes:
        return 2
    threshold = LEVELS[options.fail_on] if options.fail_on else service.configuration.fail_on
    severities = {finding.severity for finding in review.findings}
    return int(any(threshold and severity.is_at_least(threshold) for severity in severities))


def _review_of(options: argparse.Namespace) -> tuple[Service, Review]:
    """Review the service; report only new findings if a base is given."""
    if options.changed is None:
        return _run_review()
    with reviewing_base(ROOT, base=options.changed) as running:
        service, review = _run_review()
        base = running.result()
    review.gaps.extend([base.gap] if base.gap else [])
    return service, review.without(base.fingerprints)


def _check(_: argparse.Namespace) -> int:
    _service, review = _run_review(rules=RULES_OF_CHECK)
    print(write_text(review))
    return int(bool(review.findings or review.incompleteness))


def _write_baseline(_: argparse.Namespace) -> int:
    service, review = _run_review(Baseline())
    if service.load_errors or review.crashes:
        problems = [*(error.message for error in service.load_errors), *review.crashes]
        message = f"The baseline was not written, since rules were skipped: fix {problems[0]}"
        raise ConfigurationError(message)
    path = ROOT / service.configuration.baseline
    entries = (finding.identity for finding in review.findings)
    path.write_text(write_baseline(entries), "utf-8")
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
    print(write_table(conventions) if options.format == "markdown" else write_list(conventions))
    return 0


def _write_guide(_: argparse.Namespace) -> int:
    own = {rule.id for rule in HOUSE.rules}
    update_guide(ROOT, write_guide(ROOT, read_conventions(ROOT, RULES), own))
    print(f"{GUIDE} lists the rules of {FOLDER}/ now.")
    return 0


def _verify(_: argparse.Namespace) -> int:
    results = list(verify(*_run_review(), read_conventions(ROOT, RULES)))
    print(write_checklist(results))
    return int(not all(result.passed for result in results))


def _write_snapshot(_: argparse.Namespace) -> int:
    service, _review = _run_review()
    if service.load_errors:
        raise ConfigurationError(service.load_errors[0].message)
    document = json.dumps(service.openapi, indent=2, ensure_ascii=False)
    (ROOT / SNAPSHOT).write_text(f"{document}\n", "utf-8")
    print(f"{SNAPSHOT} holds the present API. Commit it: the review then reports breaking changes.")
    return 0


def _run_review(
    baseline: Baseline | None = None, *, rules: tuple[Rule, ...] = RULES
) -> tuple[Service, Review]:
    """Run rules over the service.

    Args:
        baseline: The accepted findings, instead of those in the service's file.
        rules: The rules to run.
    """
    known = frozenset(rule.id for rule in RULES)
    configuration = read_configuration(ROOT, rules=None if SKIPPED or HOUSE.errors else known)
    accepted = baseline or read_baseline(ROOT / configuration.baseline)
    tools = Tools(ROOT)
    service = Service(
        ROOT, configuration=configuration, tools=tools, baseline=accepted, rules=known
    )
    for group in SKIPPED:
        service.gaps.leave_out(group.rules, because=group.error)
    try:
        with redirect_stdout(sys.stderr):  # the report is the only output on standard output
            review = run_rules(rules, service)
    finally:
        tools.stop()
    review.crashes.extend(HOUSE.errors)
    if not service.load_errors:
        review.crashes.extend(group.error for group in SKIPPED)
    for crash in review.crashes:
        print(f"A rule failed: {crash}", file=sys.stderr)
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
