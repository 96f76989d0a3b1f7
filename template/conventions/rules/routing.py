"""Routes among each other: duplicates, and routes that another one hides."""

import re
from collections.abc import Iterator

from conventions.endpoint import Endpoint
from conventions.findings import Violation
from conventions.rule import rule
from conventions.service import Service


@rule("duplicate-route")
def find_duplicate_routes(service: Service) -> Iterator[Violation]:
    """Find routes with the method and the path of an earlier one, parameter names aside."""
    seen: dict[tuple[str, str], Endpoint] = {}
    for endpoint in service.routes:
        shape = re.sub(r"\{[^}]*\}", "{}", endpoint.path)
        firsts = [seen.setdefault((method, shape), endpoint) for method in endpoint.methods]
        first = next((one for one in firsts if one is not endpoint), None)
        if first is not None:
            yield endpoint.violation(f"{first.name} has this method and path already")


@rule("shadowed-route")
def find_shadowed_routes(service: Service) -> Iterator[Violation]:
    """Find routes that are never reached, since an earlier one matches their path."""
    earlier: list[Endpoint] = []
    for endpoint in service.routes:
        for other in earlier:
            if other.methods & endpoint.methods and _hides(other, endpoint):
                yield endpoint.violation(f"{other.name} ({other.path}) matches this path first")
                break
        earlier.append(endpoint)


def _hides(earlier: Endpoint, later: Endpoint) -> bool:
    """Return whether an earlier route matches every path of a later one."""
    if re.sub(r"\{[^}]*\}", "{}", earlier.path) == re.sub(r"\{[^}]*\}", "{}", later.path):
        return False  # see duplicate-route
    pattern = getattr(earlier.route, "path_regex", None)
    example = re.sub(r"\{[^}:]*(:path)?\}", "aaaa", later.path)
    is_open = not any(_is_typed(earlier, name) for name in re.findall(r"\{(\w+)", earlier.path))
    return is_open and pattern is not None and pattern.match(example) is not None


def _is_typed(endpoint: Endpoint, name: str) -> bool:
    """Return whether a parameter is a number or an id, so that a word in its place is no match."""
    for param in endpoint.dependant.path_params:
        if param.name == name:
            kind = param.field_info.annotation
            has_pattern = any(getattr(one, "pattern", None) for one in param.field_info.metadata)
            return kind is not str or has_pattern
    return False


RULES = (find_duplicate_routes, find_shadowed_routes)
