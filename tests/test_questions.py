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
    """Renders only the files that depend on answers."""
    return render_answers


def read_answers(service: Path) -> dict[str, str]:
    answers = yaml.safe_load((service / ".copier-answers.yml").read_text("utf-8"))
    assert isinstance(answers, dict)
    return answers


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        ("x" * 61, "has 61 characters. Shorten it to 60 or fewer"),
        ("two\nlines", r'contains the character "\n", which is not printable. Remove it'),
        ("two\r\nlines", r'contains the character "\r"'),
        ("a tab\there", r'contains the character "\t"'),
        ("a nul\0here", r'contains the character "\u0000"'),
        ("an escape\x1b[31m", r'contains the character "\u001b"'),
        ("a delete\x7f", r'contains the character "\u007f"'),
        ("a next line\x85here", r'contains the character "\u0085"'),
        ("a line separator\u2028here", r'contains the character "\u2028"'),
        ("turned\u202earound", r'contains the character "\u202e"'),
        ("isolated\u2066text", r'contains the character "\u2066"'),
        ("half a \ud83d pair", r'contains the character "\ud83d"'),
        ("no width\u200bhere", r'contains the character "\u200b"'),
        ("a byte order mark\ufeff", r'contains the character "\ufeff"'),
        (" in front", "starts or ends with a space. Remove that space"),
        ("behind ", "starts or ends with a space. Remove that space"),
    ],
)
def test_a_name_with_unprintable_or_too_much_text_is_rejected(
    render: Render, text: str, message: str
) -> None:
    with pytest.raises(ValueError, match="project_name") as error:
        render(project_name=text)
    assert f"The name {message}" in str(error.value)


@pytest.mark.parametrize("question", ["description", "author_name", "author_email"])
@pytest.mark.parametrize("text", ["", "two\nlines", "turned\u202earound", "x" * 255])
def test_every_other_text_must_be_one_printable_line(
    render: Render, question: str, text: str
) -> None:
    with pytest.raises(ValueError, match=f"'{question}': The "):
        render(**{question: text})


@pytest.mark.parametrize(
    "slug",
    ["", "My-Service", "my_service", "my service", "-x", "x-", "a--b", "a.b", "é", "../x", "x\n"],
)
def test_a_slug_of_other_characters_is_rejected_with_an_example(render: Render, slug: str) -> None:
    with pytest.raises(ValueError, match="such as: my-service"):
        render(project_slug=slug)


@pytest.mark.parametrize(
    "slug", ["class", "none", "json", "asyncio", "fastapi", "starlette", "tqdm", "con", "lpt9"]
)
def test_a_reserved_slug_is_rejected_with_an_alternative(render: Render, slug: str) -> None:
    with pytest.raises(ValueError, match=f"The name {slug} is reserved.* such as: {slug}-service"):
        render(project_slug=slug)


def test_a_slug_of_more_than_60_characters_is_rejected(render: Render) -> None:
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
def test_the_slug_derived_from_a_name_is_always_valid(render: Render, name: str, slug: str) -> None:
    assert read_answers(render(project_name=name))["project_slug"] == slug


@pytest.mark.parametrize("email", ["nobody", "a@b", "a b@example.com", "a@@example.com", "<a@b.c>"])
def test_an_invalid_email_address_is_rejected_with_an_example(render: Render, email: str) -> None:
    with pytest.raises(ValueError, match=r"Type one such as: team@example\.com"):
        render(author_email=email)


@pytest.mark.parametrize("email", ["o'neil+api@example.co.uk", "用户@例子.公司", "a@b.c"])
def test_an_email_address_of_any_script_is_accepted(render: Render, email: str) -> None:
    assert read_answers(render(author_email=email))["author_email"] == email


@pytest.mark.parametrize(
    ("question", "answer"),
    [("python_version", "3.10"), ("python_version", "3.1"), ("example", "x")],
)
def test_an_answer_outside_the_choices_is_rejected(
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


def test_the_reserved_names_contain_every_keyword_and_standard_module() -> None:
    modules = {name.lower() for name in sys.stdlib_module_names if not name.startswith("_")}
    taken = {
        canonicalize_name(name) for name in modules | {word.lower() for word in keyword.kwlist}
    }
    assert taken - RESERVED_NAMES == set()
