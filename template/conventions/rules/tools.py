"""Findings of other tools: ruff, pyrefly and squawk."""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from string import digits

from conventions.findings import Violation
from conventions.migration_sql import render_sql
from conventions.rule import Rule, make_rule, read_texts, rule
from conventions.service import Service

_SAME_RISKS = ("locking-migration", "breaking-migration")


@rule("types")
def find_wrong_types(service: Service) -> Iterator[Violation]:
    """Find the errors that `pyrefly check` reports."""
    for problem in service.pyrefly:
        yield Violation(
            path=service.relative(problem["path"]),
            line=problem["line"],
            column=problem["column"],
            end_line=problem["stop_line"],
            end_column=problem["stop_column"],
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
        place, end, code = problem["location"], problem["end_location"], problem["code"] or ""
        path = service.relative(problem["filename"])
        is_reported = (unless, path, place["row"]) in service.reported
        if code and _kind_of(code, codes) == name and not is_reported:  # no code: `broken-code`
            yield Violation(
                path=path,
                line=place["row"],
                column=place["column"],
                end_line=end["row"],
                end_column=end["column"],
                message=f"{code}: {problem['message']}",
            )


def _kind_of(code: str, codes: Mapping[str, str]) -> str:
    """Return the kind of a code; the prefix `S` matches S324, not SIM201."""
    matching = (prefix for prefix in codes if code.removeprefix(prefix).strip(digits) == "")
    return codes[max(matching, key=len, default="")]


@rule("unsafe-migration")
def find_unsafe_migrations(service: Service) -> Iterator[Violation]:
    """Find the risks of migrations for a live table that squawk reports."""
    rendered = {f"{one.script.revision}.sql": render_sql(one) for one in service.migrations}
    for sql in rendered.values():
        if sql.error:
            node = sql.migration.upgrade or sql.migration.source.tree
            error = f"{type(sql.error).__name__}: {sql.error}"
            message = f"squawk has not seen this migration, which needs a database ({error})"
            yield sql.migration.source.violation(node, message)
    for found in service.squawk({name: sql.text for name, sql in rendered.items()}):
        sql = rendered[found["file"]]
        path, line = sql.migration.source.path, sql.lines[found["line"]]
        if not any((rule_id, path, line) in service.reported for rule_id in _SAME_RISKS):
            message = f"{found['rule_name']}: {found['message']}"
            yield Violation(path=path, line=line, message=message)


RULES = (*_lint_rules(), find_wrong_types, find_unsafe_migrations)
