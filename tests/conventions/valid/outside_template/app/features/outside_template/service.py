"""Messages."""

from string import Template

GREETING = "Hello, {name}. {text}"
ENDING = Template("Yours, $name")


def write(text: str, name: str) -> str:
    """Return a message to a user."""
    return GREETING.format(name=name, text=text) + ENDING.substitute(name=name)
