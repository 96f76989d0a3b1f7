"""What a rule is."""

from conventions.coverage import Convention
from conventions.rule import Rule


def write_explanation(rule: Rule, conventions: list[Convention]) -> str:
    """Return all there is to say of one rule, with the convention that it keeps."""
    says = next(one.says for one in conventions if one.id == rule.keeps)
    wrong, right = (_indented(example) for example in (rule.wrong, rule.right))
    return (
        f"{rule.id} ({rule.severity}) keeps {rule.keeps}: {says}\n\n"
        f"Why: {rule.why}\n\nFix: {rule.fix}\n\nWrong:\n\n{wrong}\n\nRight:\n\n{right}"
    )


def _indented(example: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in example.splitlines())
