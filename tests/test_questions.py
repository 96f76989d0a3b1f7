import keyword
import sys
from pathlib import Path

import pytest
import yaml
from packaging.utils import canonicalize_name

from scripts.rendering import ROOT
from tests.conftest import Render

RESERVED = yaml.safe_load((ROOT / "questions/reserved-names.yml").read_text("utf-8"))
RESERVED_NAMES = set(RESERVED["reserved_names"]["default"].split())


@pytest.fixture
def render(render_answers: Render) -> Render:
    """Renders what shows the answers, which is enough here."""
    return render_answers


def answers_of(service: Path) -> dict[str, str]:
    answers = yaml.safe_load((service / ".copier-answers.yml").read_text("utf-8"))
    assert isinstance(answers, dict)
    return answers


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        ("x" * 61, "has 61 characters. Shorten it to 60 or fewer"),
        ("two\nlines", r'holds the character "\n", which cannot be printed. Remove it'),
        ("two\r\nlines", r'holds the character "\r"'),
        ("a tab\there", r'holds the character "\t"'),
        ("a nul\0here", r'holds the character "\u0000"'),
        ("an escape\x1b[31m", r'holds the character "\u001b"'),
        ("a delete\x7f", r'holds the character "\u007f"'),
        ("a next line\x85here", r'holds the character "\u0085"'),
        ("a line separator\u2028here", r'holds the character "\u2028"'),
        ("turned\u202earound", r'holds the character "\u202e"'),
        ("isolated\u2066text", r'holds the character "\u2066"'),
        ("half a \ud83d pair", r'holds the character "\ud83d"'),
        ("no width\u200bhere", r'holds the character "\u200b"'),
        ("a byte order mark\ufeff", r'holds the character "\ufeff"'),
        (" in front", "starts or ends with a space. Remove that space"),
        ("behind ", "starts or ends with a space. Remove that space"),
    ],
)
def test_a_name_that_cannot_stand_in_a_heading_is_refused(
    render: Render, text: str, complaint: str
) -> None:
    with pytest.raises(ValueError, match="project_name") as refusal:
        render(project_name=text)
    assert f"The name {complaint}" in str(refusal.value)


@pytest.mark.parametrize("question", ["description", "author_name", "author_email"])
@pytest.mark.parametrize("text", ["", "two\nlines", "turned\u202earound", "x" * 255])
def test_every_other_text_is_held_to_one_printable_line(
    render: Render, question: str, text: str
) -> None:
    with pytest.raises(ValueError, match=f"'{question}': The "):
        render(**{question: text})


@pytest.mark.parametrize(
    "slug",
    ["", "My-Service", "my_service", "my service", "-x", "x-", "a--b", "a.b", "é", "../x", "x\n"],
)
def test_a_slug_of_other_characters_is_refused_with_an_example(render: Render, slug: str) -> None:
    with pytest.raises(ValueError, match="such as: my-service"):
        render(project_slug=slug)


@pytest.mark.parametrize(
    "slug", ["class", "none", "json", "asyncio", "fastapi", "starlette", "tqdm", "con", "lpt9"]
)
def test_a_slug_that_names_something_else_is_refused_with_a_way_out(
    render: Render, slug: str
) -> None:
    with pytest.raises(ValueError, match=f"The name {slug} is taken.* such as: {slug}-service"):
        render(project_slug=slug)


def test_a_slug_of_more_than_60_characters_is_refused(render: Render) -> None:
    with pytest.raises(ValueError, match="Shorten it to 60 or fewer"):
        render(project_slug="x" * 61)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("My Service", "my-service"),
        ("  ".join("ab"), "a-b"),
        ("Café 9", "caf-9"),
        ("🚀", "service"),
        ("שלום", "service"),
        ("---", "service"),
        ("class", "class-service"),
        ("Json!", "json-service"),
        ("CON", "con-service"),
        ("FastAPI", "fastapi-service"),
        ("pydantic_core", "pydantic-core-service"),
        ("x" * 60, "x" * 60),
    ],
)
def test_the_slug_made_of_a_name_is_always_valid(render: Render, name: str, slug: str) -> None:
    assert answers_of(render(project_name=name))["project_slug"] == slug


@pytest.mark.parametrize("email", ["nobody", "a@b", "a b@example.com", "a@@example.com", "<a@b.c>"])
def test_what_is_no_email_address_is_refused_with_an_example(render: Render, email: str) -> None:
    with pytest.raises(ValueError, match=r"Type one such as: team@example\.com"):
        render(author_email=email)


@pytest.mark.parametrize("email", ["o'neil+api@example.co.uk", "用户@例子.公司", "a@b.c"])
def test_an_email_address_of_any_script_is_accepted(render: Render, email: str) -> None:
    assert answers_of(render(author_email=email))["author_email"] == email


@pytest.mark.parametrize(
    ("question", "answer"),
    [("python_version", "3.10"), ("python_version", "3.1"), ("example", "x")],
)
def test_an_answer_that_is_not_among_the_choices_is_refused(
    render: Render, question: str, answer: str
) -> None:
    with pytest.raises(ValueError, match=f"Invalid choice for '{question}'"):
        render(**{question: answer})


def test_every_question_explains_itself_and_has_a_default() -> None:
    questions = yaml.safe_load((ROOT / "copier.yml").read_text("utf-8").rpartition("\n---\n")[2])
    asked = {name: spec for name, spec in questions.items() if spec.get("when") is not False}
    for name, question in asked.items():
        assert question["help"].endswith(("?", ".", ".)")), name
        assert "default" in question, name
        bounded = "validator" in question or "choices" in question
        assert bounded or question["type"] == "bool", name


def test_the_reserved_names_hold_every_keyword_and_standard_module() -> None:
    modules = {name.lower() for name in sys.stdlib_module_names if not name.startswith("_")}
    taken = {
        canonicalize_name(name) for name in modules | {word.lower() for word in keyword.kwlist}
    }
    assert taken - RESERVED_NAMES == set()
