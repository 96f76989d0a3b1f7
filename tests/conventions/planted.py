"""Rules that tests add to a service: one whose patches can overlap, and one that crashes."""

from tests.conventions.reviewing import ReviewedService

PLANTED = '''"""A rule whose patches can overlap, and one that crashes."""

import ast

from conventions.rule import rule


@rule("planted")
def find(service):
    """Find `sleep`."""
    for source in service.sources.under("app/features"):
        for call in source.calls():
            if service.facts.name(source, call.func) == "time.sleep":
                text = f"pause({ast.unparse(call.args[0])})"
                patch = source.replacing(
                    call, text, needs_import="from asyncio import pause", is_safe=True
                )
                yield source.violation(call, "It blocks, 100 %.", patch=patch)


@rule("failing")
def fail(service):
    """Fail."""
    raise RuntimeError("something of its own")


RULES = (find,)
'''
TEXTS = """
convention = "API-1"
severity = "critical"
why = "W."
fix = "F."
wrong = ""
right = ""
"""


def add_rules(service: ReviewedService, *, rules: str = "(find,)") -> None:
    """Add the rules above to a service."""
    service.write("conventions/rules/planted.py", PLANTED.replace("(find,)", rules))
    service.write("conventions/rules/planted.toml", f"[planted]{TEXTS}\n[failing]{TEXTS}")
    listed = service.folder / "conventions/rules/__init__.py"
    text = listed.read_text("utf-8").replace('    "review",', '    "planted",\n    "review",')
    listed.write_text(text, "utf-8")
