"""Messages."""

from string import Template


def write(text: str, name: str) -> str:
    """Return a message to a user."""
    return text.format(name=name)  # violates: outside-template


def sign(text: str) -> Template:
    """Return the end of a message."""
    return Template(f"{text} $name")  # violates: outside-template
