"""What the API promised to its clients."""

from collections.abc import Iterator

from conventions.promise import PROMISE, line_of, missed_in, read_promise, refused_of
from conventions.rule import Found, Severity, rule
from conventions.service import Service


@rule(
    "breaking-change",
    keeps="API-7",
    severity=Severity.CRITICAL,
    why="Clients were written against the committed document, and nobody updates them all at the "
    "same moment. What it promised and the service no longer keeps fails in their hands.",
    fix="Make the change in a version of its own beside the old one, whose end Sunset announces. "
    "While nobody depends on it yet: `make openapi`, and commit the new document.",
    wrong="class NoteOut(Output):\n    content: str  # was `text`",
    right="class NoteOut(Output):\n    text: str\n    content: str",
)
def find_breaking_changes(service: Service) -> Iterator[Found]:
    """Find what the committed document promises and the service does not keep."""
    if not (service.root / PROMISE).exists():
        return
    promised, today = read_promise(service.root), service.openapi
    if promised is None:
        message = "This is no OpenAPI document; write it anew with `make openapi`"
        yield Found(path=PROMISE, line=1, message=message)
        return
    endpoints = {
        (one.route.path_format, method.lower()): one
        for one in service.routes
        for method in one.methods
    }
    for path, methods in promised["paths"].items():
        for method, old in methods.items():
            new = today["paths"].get(path, {}).get(method)
            endpoint = endpoints.get((path, method))
            if new is None or endpoint is None:
                line = line_of(path, service.root)
                yield Found(path=PROMISE, line=line, message=f"{method.upper()} {path} is gone")
                continue
            broken = {*refused_of(promised, old, today, new), *missed_in(promised, old, today, new)}
            yield from (endpoint.found(f"{endpoint.name}: {one}") for one in sorted(broken))


RULES = (find_breaking_changes,)
