from html.parser import HTMLParser
from typing import Any

import pytest

from app.core.email import EmailMessage
from app.integrations.resend.rendering import EmailRenderer

HOSTILE = '"><script>alert("1")</script><a href=\'x\'>'
LINK = "https://app.example.com/verify#t0ken"
LETTERS = EmailRenderer()


class Reader(HTMLParser):
    """The elements and texts that a browser would show."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str | None] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data


def write(**changes: Any) -> Reader:
    given: dict[str, Any] = {"to": "ada@example.com", "subject": "Hello", "text": "One.\n\nTwo."}
    return Reader(LETTERS.render(EmailMessage(**given | changes)))


@pytest.mark.parametrize(
    ("kind", "invitation"),
    [
        ("verify_address", "Verify my address"),
        ("reset_password", "Choose a new password"),
        ("welcome", "Look around"),
        ("a_kind_of_yours", "Go on"),
    ],
)
def test_a_link_is_shown_as_the_kind_of_message_invites_to_it(kind: str, invitation: str) -> None:
    page = write(template=kind, link=LINK, text=f"One.\n\n{LINK}\n\nTwo.")
    assert page.links == [LINK]
    assert invitation in page.text
    assert page.text.count(LINK) == 1  # for those who cannot follow it


def test_without_a_link_the_text_is_all_there_is() -> None:
    page = write(template="verify_address", text="One.\n\nYour token: 5ecret\n\nTwo.")
    assert page.links == []
    assert "Your token: 5ecret" in page.text


@pytest.mark.parametrize("part", ["subject", "text", "link"])
def test_nothing_in_a_message_becomes_markup(part: str) -> None:
    plain = write(link=LINK)
    page = write(**{"link": LINK} | {part: f"https://x/{HOSTILE}\n\nTwo."})
    assert page.tags == plain.tags
    assert HOSTILE in (page.text if part != "link" else str(page.links[0]))


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "/verify"])
def test_only_a_web_address_is_a_link(link: str) -> None:
    assert write(link=link).links == []
