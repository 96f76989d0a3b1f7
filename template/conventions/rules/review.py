"""Code that cannot be loaded, findings of ruff and pyrefly, and useless suppressions."""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from string import digits

from conventions.findings import Violation
from conventions.rule import Rule, make_rule, read_texts, rule
from conventions.service import Service


@rule("broken-code")
def find_broken_code(service: Service) -> Iterator[Violation]:
    """Find code that cannot be parsed, imported or started."""
    service.load()
    yield from service.load_errors


@rule("types")
def find_wrong_types(service: Service) -> Iterator[Violation]:
    """Find the errors that `pyrefly check` reports."""
    for problem in service.pyrefly:
        yield Violation(
            path=service.relative(problem["path"]),
            line=problem["line"],
            column=problem["column"],
            message=f"{problem['name']}: {problem['concise_description']}",
        )


def _lint_rules() -> Iterator[Rule]:
    """Yield a rule for each kind of ruff finding, since each kind checks another convention."""
    texts = read_texts(Path(__file__).parent)
    kinds = {name: kind for name, kind in texts.items() if "codes" in kind}
    codes = {code: name for name, kind in kinds.items() for code in kind["codes"]}
    for name, kind in kinds.items():
        check = partial(_lint, name=name, codes=codes, unless=kind.get("unless", ""))
        yield make_rule(name, {"fix": "`ruff rule CODE` explains how to fix it.", **kind}, check)


def _lint(
    service: Service, *, name: str, codes: Mapping[str, str], unless: str
) -> Iterator[Violation]:
    """Yield the findings of `ruff check` of one kind, unless another rule reported the line."""
    for problem in service.ruff:
        place, code = problem["location"], problem["code"] or ""
        path = service.relative(problem["filename"])
        is_reported = (unless, path, place["row"]) in service.reported
        if code and _kind_of(code, codes) == name and not is_reported:  # no code: `broken-code`
            message = f"{code}: {problem['message']}"
            yield Violation(path=path, line=place["row"], column=place["column"], message=message)


def _kind_of(code: str, codes: Mapping[str, str]) -> str:
    """Return the kind of a code; the prefix `S` matches S324, not SIM201."""
    matching = (prefix for prefix in codes if code.removeprefix(prefix).strip(digits) == "")
    return codes[max(matching, key=len, default="")]


@rule("empty-suppression")
def find_empty_suppressions(service: Service) -> Iterator[Violation]:
    """Find suppressions without a reason, without rules, or of unknown rules."""
    for comment in service.suppressions:
        unknown = [name for name in comment.rules if name not in service.rules]
        if service.load_errors:
            unknown.clear()  # rules were skipped
        problems = [f"unknown rule {name}" for name in unknown]
        if not comment.rules:
            problems.append("no rule in brackets")
        if not comment.reason:
            problems.append("no reason")
        if problems:
            message = f"This suppression has no effect: {', '.join(problems)}."
            yield Violation(
                path=comment.path, line=comment.line, column=comment.column, message=message
            )


@rule("unused-suppression")
def find_unused_suppressions(service: Service) -> Iterator[Violation]:
    """Find suppressions that match no violation."""
    if service.load_errors:
        return  # rules were skipped
    checked = service.rules - service.configuration.disable - service.failed_rules
    for comment in service.suppressions:
        for name in comment.rules:
            if comment.reason and name in checked and name not in comment.used:
                yield Violation(
                    path=comment.path,
                    line=comment.line,
                    column=comment.column,
                    message=f"{name} reports nothing here.",
                )


@rule("stale-baseline")
def find_stale_entries(service: Service) -> Iterator[Violation]:
    """Find entries of the baseline that match no violation."""
    if service.load_errors or service.failed_rules:
        return  # rules were skipped
    path = service.configuration.baseline
    for line, (rule_id, file, content) in service.baseline.unmatched():
        message = f"{rule_id} no longer reports `{content}` in {file}."
        yield Violation(path=path, line=line, message=message)


RULES = (
    find_broken_code,
    *_lint_rules(),
    find_wrong_types,
    # The last ones, which need the findings of all others.
    find_empty_suppressions,
    find_unused_suppressions,
    find_stale_entries,
)
