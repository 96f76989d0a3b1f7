"""Questions of a template, and the paths that answers select, without rendering."""

from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

import yaml
from jinja2 import StrictUndefined, Template, meta
from jinja2.sandbox import SandboxedEnvironment
from pathspec import PathSpec

Answers = dict[str, object]
Question = dict[str, Any]

_ENVIRONMENT = SandboxedEnvironment(undefined=StrictUndefined)
_ANSWERS_FILE = ("{{_copier_conf.answers_file}}", ".copier-answers.yml")
_OPERATION = "_copier_operation"


class _Loader(yaml.SafeLoader):
    """Loads `copier.yml`; skips its includes, which are not questions for the user."""


def _nothing(_loader: _Loader, _node: yaml.Node) -> Answers:
    return {}


_Loader.add_constructor("!include", _nothing)


@dataclass(frozen=True)
class ShippedTemplate:
    """A folder with a `copier.yml` and a `template/`, as a checkout or a release has them."""

    folder: Path

    @cached_property
    def settings(self) -> dict[str, Any]:
        """The content of `copier.yml`, with the questions."""
        text = (self.folder / "copier.yml").read_text("utf-8")
        documents = yaml.load_all(text, _Loader)
        return {key: value for document in documents for key, value in document.items()}

    @cached_property
    def questions(self) -> dict[str, Question]:
        """Every question by its name, computed ones included."""
        return {
            name: question
            for name, question in self.settings.items()
            if not name.startswith("_") and isinstance(question, dict)
        }

    @cached_property
    def asked(self) -> dict[str, Question]:
        """The questions that the user answers."""
        return {
            name: question
            for name, question in self.questions.items()
            if question.get("when") is not False
        }

    @cached_property
    def files(self) -> list[str]:
        """Every path that is rendered with at least one set of answers."""
        folder = self.folder / "template"
        paths = (path for path in folder.rglob("*") if path.is_file() or path.is_symlink())
        names = (path.relative_to(folder).as_posix().removesuffix(".jinja") for path in paths)
        return sorted(name.replace(*_ANSWERS_FILE) for name in names)

    def states(self) -> list[Answers]:
        """Return every combination of the answers that exclude paths."""
        deciding = {
            name: choices(self.questions[name]) for name in self._deciding & set(self.asked)
        }
        return [dict(zip(deciding, values, strict=True)) for values in product(*deciding.values())]

    def paths(self, state: Answers) -> set[str]:
        """Return the paths that `copier copy` renders; missing answers have their defaults."""
        answers: Answers = {_OPERATION: "copy"}
        for name in (name for name in self.questions if name in self._deciding):
            default = self.questions[name].get("default")
            answers[name] = state.get(name, _rendered(default, answers))
        left_out = [pattern.render(answers) for pattern in self._patterns]
        return set(PathSpec.from_lines("gitignore", left_out).match_files(self.files, negate=True))

    def always(self) -> set[str]:
        """Return the paths that are rendered with any answers."""
        return set(self.files).intersection(*map(self.paths, self.states()))

    @cached_property
    def _patterns(self) -> list[Template]:
        return [_ENVIRONMENT.from_string(pattern) for pattern in self.settings["_exclude"]]

    @cached_property
    def _deciding(self) -> set[str]:
        """The questions that `_exclude` reads, and those that they are computed from."""
        names: set[str] = set()
        reached = _variables(str(self.settings["_exclude"])) & set(self.questions)
        while reached:
            names |= reached
            defaults = " ".join(str(self.questions[name].get("default")) for name in reached)
            reached = _variables(defaults) & set(self.questions) - names
        return names


def choices(question: Question) -> list[object]:
    """Return the answers that a question accepts; an empty list if it accepts any text."""
    if question.get("type") == "bool":
        return [False, True]
    offered = question.get("choices", [])
    return list(offered.values() if isinstance(offered, dict) else offered)


def _rendered(default: object, answers: Answers) -> object:
    if not isinstance(default, str):
        return default
    return yaml.safe_load(_ENVIRONMENT.from_string(default).render(answers))


def _variables(text: str) -> set[str]:
    return meta.find_undeclared_variables(_ENVIRONMENT.parse(text))
