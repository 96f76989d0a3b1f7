"""Messages."""

def write(text: str, name: str) -> str:
    """Return a message to a user."""
    return text.format(name=name)  # violates: outside-template


def sign(text: str, name: str) -> str:
    """Return the end of a message."""
    return f"{text} {{name}}".format_map({"name": name})  # violates: outside-template
