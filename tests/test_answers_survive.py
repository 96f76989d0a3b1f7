"""Any accepted answer is rendered correctly in every kind of file."""

import ast
import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import jinja2
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from scripts.rendering import ROOT
from tests.awkward_strings import AWKWARD_STRINGS
from tests.conftest import Render
from tests.services import ruff

ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader(ROOT),
    extensions=["jinja2_ansible_filters.AnsibleCoreFiltersExtension"],
    undefined=jinja2.StrictUndefined,
    autoescape=False,  # noqa: S701 - Copier renders text, not HTML
)


def macro(file: str, name: str) -> Callable[..., str]:
    found = getattr(ENVIRONMENT.get_template(f"questions/{file}.jinja").module, name)

    def call(*arguments: str | int) -> str:
        return str(found(*arguments))

    return call


line_problem = macro("checks", "line_problem")
free_slug = macro("checks", "free_slug")
slug_problem = macro("checks", "slug_problem")
toml = macro("literals", "toml")
python = macro("literals", "python")
markdown = macro("literals", "markdown")

# Texts weighted towards characters with a meaning in one of the languages.
TEXTS = st.text(
    st.one_of(st.sampled_from("\\\"'`*_{}[]<>#|~&$^=:+-.()!%@/ 1a\u200d"), st.characters()),
    min_size=1,
    max_size=60,
)
NAMES = TEXTS.filter(lambda text: not line_problem("name", text, 60))


MARKDOWN = MarkdownIt("commonmark").enable(["strikethrough", "table"])


def shown(source: str) -> str:
    """Return the text that a reader of Markdown sees; fail if it is more than plain text."""
    (inline,) = (token for token in MARKDOWN.parse(source) if token.type == "inline")
    shown_as = inline.children or []
    assert {token.type for token in shown_as} <= {"text", "text_special"}, shown_as
    return "".join(token.content for token in shown_as)


@given(NAMES)
def test_toml_gives_the_text_back(text: str) -> None:
    assert tomllib.loads(f"x = {toml(text)}") == {"x": text}
    assert json.loads(toml(text)) == text


@given(NAMES)
def test_python_gives_the_text_back(text: str) -> None:
    assert ast.literal_eval(python(text)) == text


@given(NAMES)
def test_markdown_shows_the_text_as_it_was_typed(text: str) -> None:
    for source in (f"# {markdown(text)}\n", f"{markdown(text)}\n"):
        assert re.sub(r"\s+", " ", shown(source)) == re.sub(r"\s+", " ", text)


@given(NAMES)
def test_every_name_has_a_valid_slug(text: str) -> None:
    reserved = "service-x json con"
    assert not slug_problem(free_slug(text, reserved), reserved)


@pytest.mark.parametrize("text", AWKWARD_STRINGS)
def test_each_file_of_a_service_gives_an_awkward_string_back(
    render_answers: Render, text: str
) -> None:
    service = render_answers(project_name=text, description=text, author_name=text)
    project = tomllib.loads(read(service, "pyproject.toml"))["project"]
    assert project["description"] == text
    assert project["authors"] == [{"name": text, "email": "team@example.com"}]
    assert yaml.safe_load(read(service, ".copier-answers.yml"))["project_name"] == text
    constants = ast.parse(read(service, "app/about.py")).body[1:3]
    values = [ast.literal_eval(node.value) for node in constants if isinstance(node, ast.Assign)]
    assert values == [text, text]
    heading, _, paragraph = read(service, "README.md").split("\n")[:3]
    assert (shown(heading), shown(paragraph)) == (text, text)
    ruff("check", "app/about.py", cwd=service)
    ruff("format", "--check", "app/about.py", cwd=service)


def read(service: Path, path: str) -> str:
    return (service / path).read_text("utf-8")
