"""The texts of the rules: each rule has them, and each text belongs to a rule."""

import json

import pytest

from tests.conventions.reviewing import ReviewedService

pytestmark = pytest.mark.xdist_group("conventions")

LISTED = """
import json
from pathlib import Path
from conventions.rule import read_texts
from conventions.rules import RULES
texts = read_texts(Path("conventions/rules").resolve())
print(json.dumps([sorted(texts), sorted(rule.id for rule in RULES)]))
"""
READ = """
from pathlib import Path
from conventions.rule import RuleError, make_rule, read_texts
try:
    print(*(make_rule(name, text, print) for name, text in read_texts(Path("own")).items()))
except RuleError as error:
    print(error)
"""
COMPLETE = 'convention = "A-1"\nwhy = "W"\nfix = "F"\nwrong = "x"\nright = "y"\n'


def test_every_text_belongs_to_a_rule(minimal_service: ReviewedService) -> None:
    texts, rules = json.loads(minimal_service.run(LISTED))
    assert texts == rules


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a.toml": '[no-tabs]\nwhy = "W"'}, "no convention, severity, fix, wrong, right"),
        ({"a.toml": f'[no-tabs]\nseverity = "mild"\n{COMPLETE}'}, "'mild', not one of critical"),
        ({"a.toml": "[no-tabs"}, "own/a.toml cannot be read: "),
        ({"a.toml": "[no-tabs]", "b.toml": "[no-tabs]"}, "own/b.toml repeats the table [no-tabs]"),
    ],
    ids=["incomplete", "severity", "syntax", "repeated"],
)
def test_a_faulty_text_is_explained(
    service: ReviewedService, files: dict[str, str], message: str
) -> None:
    for name, text in files.items():
        service.write(f"own/{name}", text)
    assert message in service.run(READ)


def test_a_rule_without_texts_is_explained(service: ReviewedService) -> None:
    rule = '"""A rule."""\n\nfrom conventions.rule import rule\n\nrule("no-tabs")(lambda _: ())\n'
    service.write("conventions/rules/tabs.py", rule)
    code = "try: import conventions.rules.tabs\nexcept Exception as error: print(error)"
    assert service.run(code) == "no TOML file in rules/ has a table [no-tabs] with its texts\n"
