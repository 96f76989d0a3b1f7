"""Messages."""

from string import Template

GREETING = "Hello, {name}. {text}"
ENDING = Template("Yours, $name")


def write(text: str, name: str) -> str:
    """Return a message to a user."""
    own = Template(text).safe_substitute(name=name)
    return own + GREETING.format(name=name, text=text) + ENDING.substitute(name=name)
