"""Findings of other tools: ruff, pyrefly and squawk."""

import ast
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from string import digits

from conventions.findings import Violation
from conventions.migration_sql import rendered_migrations, risks
from conventions.rule import Rule, make_rule, read_texts, rule
from conventions.rules.migrations import BREAKS, LOCKS
from conventions.service import Service
from conventions.source import Source


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
    for sql in rendered_migrations(service):
        if sql.error:
            node = sql.migration.upgrade or sql.migration.source.tree
            error = f"{type(sql.error).__name__}: {sql.error}"
            message = f"squawk has not seen this migration, which needs a database ({error})"
            yield sql.migration.source.violation(node, message)
        for line, text in sql.statements:
            if _ends_transaction(sql.migration.source, line, text):
                message = f"{text.strip()} ends the transaction of the migration"
                yield Violation(path=sql.migration.source.path, line=line, message=message)
    for risk in risks(service):
        if risk.name not in LOCKS.keys() | BREAKS.keys():
            message = f"{risk.name}: {risk.message}"
            yield Violation(path=risk.migration.source.path, line=risk.line, message=message)


def _ends_transaction(source: Source, line: int, sql: str) -> bool:
    """Return whether a migration commits by hand, and not in an autocommit block."""
    in_block = any(node.lineno == line for node in source.nodes(ast.With))
    return not in_block and sql.strip().rstrip(";").upper() in {"COMMIT", "BEGIN", "ROLLBACK"}


RULES = (*_lint_rules(), find_wrong_types, find_unsafe_migrations)
