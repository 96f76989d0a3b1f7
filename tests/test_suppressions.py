"""Rules are silenced in few places of the shipped code, each with its reason."""

import re
import tokenize
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
SHIPPED = ("template", "plumbline", "scripts", "benchmarks")
NOT_OURS = {".venv", ".data", ".tools"}
SUPPRESSION = re.compile(
    r"# ?(?:noqa|(?:type|pyrefly|conventions): ?ignore)\b"
    r"(?:: (?P<codes>[A-Z]+\d+(?:, [A-Z]+\d+)*)|\[(?P<rules>[\w, -]+)\])"
    r"(?: - | \(|(?<=\]) )[\w`].*"
)
OURS = {
    "answer-outside-envelope": 1,
    "commit-in-service": 2,
    "path-is-no-noun": 1,
    "query-in-loop": 2,
    "session-by-hand": 1,
    "unbounded-gather": 1,
    "undeclared-error": 1,
    "unpaginated-list": 1,
}
"""How often `template/app` silences each rule of the review."""


def suppressions(*folders: str) -> Iterator[tuple[str, str]]:
    """Yield the comments that silence a rule, each with its place."""
    for path in (path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))):
        if NOT_OURS.isdisjoint(path.parts):
            with path.open("rb") as file:
                for token in tokenize.tokenize(file.readline):
                    if token.type == tokenize.COMMENT and re.search(
                        r"# ?noqa\b|: ?ignore\b", token.string
                    ):
                        yield f"{path.relative_to(ROOT)}:{token.start[0]}", token.string


def test_each_suppression_names_its_rules_and_its_reason() -> None:
    found = list(suppressions(*SHIPPED))
    assert len(found) > 50
    assert [each for each in found if not SUPPRESSION.fullmatch(each[1])] == []


def test_rules_of_the_review_are_silenced_where_it_was_decided_and_nowhere_else() -> None:
    comments = [text for _, text in suppressions("template/app") if "conventions:" in text]
    matches = filter(None, map(SUPPRESSION.fullmatch, comments))
    assert Counter(rule for match in matches for rule in match["rules"].split(", ")) == OURS


def test_a_suppression_without_a_reason_or_a_code_is_found() -> None:
    for text in ("# noqa", "# noqa: S311", "# pyrefly: ignore - x", "# type: ignore[arg-type]"):
        assert not SUPPRESSION.fullmatch(text)
    for text in ("# noqa: S311, S105 - a fake", "# conventions: ignore[long-file] generated"):
        assert SUPPRESSION.fullmatch(text)
