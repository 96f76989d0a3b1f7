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
            yield endpoint.violation(f"`{first.name}` has this method and path already")


@rule("shadowed-route")
def find_shadowed_routes(service: Service) -> Iterator[Violation]:
    """Find routes that are never reached, since an earlier one matches their path."""
    earlier: list[Endpoint] = []
    for endpoint in service.routes:
        for other in earlier:
            if other.methods & endpoint.methods and _hides(other, endpoint):
                yield endpoint.violation(f"`{other.name}` ({other.path}) matches this path first")
                break
        earlier.append(endpoint)


def _hides(earlier: Endpoint, later: Endpoint) -> bool:
    """Return whether an earlier route matches every path of a later one."""
    if re.sub(r"\{[^}]*\}", "{}", earlier.path) == re.sub(r"\{[^}]*\}", "{}", later.path):
        return False  # see duplicate-route
    pattern = getattr(earlier.route, "path_regex", None)
    example = re.sub(r"\{[^}:]*(:path)?\}", "aaaa", later.path)
    found = pattern.match(example) if pattern is not None else None
    return found is not None and all(
        _accepts(earlier, name, text) for name, text in found.groupdict().items()
    )


def _accepts(endpoint: Endpoint, name: str, text: str) -> bool:
    """Return whether a parameter may be a word, unlike a number, an id or what has a pattern."""
    for param in endpoint.dependant.path_params:
        if param.alias == name:
            rules = [one for one in param.field_info.metadata if getattr(one, "pattern", None)]
            matches = all(re.search(one.pattern, text) for one in rules)
            return param.field_info.annotation is str and matches
    return True


RULES = (find_duplicate_routes, find_shadowed_routes)
