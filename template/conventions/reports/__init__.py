"""The formats of a report: text, JSON, Markdown, GitHub annotations and SARIF 2.1.0."""

from collections.abc import Callable

from conventions.reports.github import write_github
from conventions.reports.json_document import write_json
from conventions.reports.markdown import write_markdown
from conventions.reports.plain import write_text
from conventions.reports.sarif import write_sarif
from conventions.review import Review

REPORTS: dict[str, Callable[[Review], str]] = {
    "github": write_github,
    "json": write_json,
    "markdown": write_markdown,
    "sarif": write_sarif,
    "text": write_text,
}
