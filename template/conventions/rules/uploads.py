"""Bodies, answers and archives that are held in memory as large as they come."""

import ast
from collections.abc import Iterator

from typing_extensions import override

from conventions.facts.facts import Facts
from conventions.facts.graph import Code, Edge
from conventions.facts.patterns import Patterns
from conventions.facts.trace import Trace
from conventions.findings import Violation
from conventions.reach import codes_of, reached_edges
from conventions.rule import rule
from conventions.service import Service
from conventions.source import Source, last_name

_LIMIT = "max_body_bytes"
_LARGE = 64_000_000
_ABOVE_CORE = ("app/accounts", "app/features", "app/integrations")
_BODY = "starlette.requests.Request.body"
_UPLOADS = ("starlette.datastructures", "fastapi.datastructures", "fastapi")
_FILES = {f"{module}.UploadFile.read" for module in _UPLOADS}
_STREAMS = Patterns({"stream": ["httpx{,2}.Response.aiter_*"]})
_UNPACKING = Patterns(
    {
        "unpacks": [
            "{gzip,bz2,lzma,zlib,brotli,zstandard}.decompress",
            "{zlib,lzma,bz2}.*{decompressobj,Decompress,LZMADecompressor,BZ2Decompressor}.decompress",
            "zipfile.ZipFile.{read,extract,extractall}",
            "tarfile.TarFile.{extract,extractall}",
        ]
    }
)
_BOUNDS = {"max_length", "file_size", "size", "content_length"}
_ADDING = {"append", "extend", "write", "add"}


@rule("unbounded-upload")
def find_unbounded_uploads(service: Service) -> Iterator[Violation]:
    """Find bodies, streamed responses and archives that are read whole, without a limit."""
    large = _codes_with_large_bodies(service)
    streams = _Streams(service.facts, {code.node for code in large})
    for code in service.facts.graph.codes(*_ABOVE_CORE):
        for edge in service.facts.graph.edges_from(code):
            if _reads_whole(edge, is_large=code in large):
                yield code.source.violation(edge.site, "is read whole, as large as it comes")
        for part in service.facts.nodes_of(code):
            place = _collected(part)
            if place is not None and streams.origin(code.source, _iterated(part)):
                yield code.source.violation(place, "collects a stream, as long as it is")


def _codes_with_large_bodies(service: Service) -> set[Code]:
    """Return the code of the endpoints that raise the limit of bodies beyond what fits."""
    found: set[Code] = set()
    for endpoint in service.routes:
        edges = reached_edges(service, endpoint)
        codes = {*codes_of(service, endpoint), *(one.callee for one in edges if one.callee)}
        if any(_raises_limit(service.facts, code) for code in codes):
            found |= codes
    return found


def _raises_limit(facts: Facts, code: Code) -> bool:
    for part in facts.nodes_of(code):
        if isinstance(part, ast.Assign) and f"'{_LIMIT}'" in ast.unparse(part.targets[0]):
            values = facts.resolver.resolve_all(code.source, part.value)
            return any(isinstance(one.value, int) and one.value > _LARGE for one in values)
    return False


def _reads_whole(edge: Edge, *, is_large: bool) -> bool:
    names = frozenset(edge.target.names)
    if _BODY in names:
        return is_large
    if _FILES & names:
        is_part = bool(getattr(edge.site, "args", ()) or getattr(edge.site, "keywords", ()))
        return not is_part and (is_large or not _is_bounded(edge.caller.node))
    if any(name.startswith("httpx") and name.endswith(".Response.aread") for name in names):
        return True
    return bool(_UNPACKING.words_of(names)) and not _is_bounded(edge.caller.node)


def _is_bounded(function: ast.AST) -> bool:
    """Return whether a function limits what it unpacks, or looks at its size."""
    parts = list(ast.walk(function))
    names = {last_name(part) for part in parts}
    is_compared = any(
        isinstance(part, ast.Compare) and "len(" in ast.unparse(part) for part in parts
    )
    return (
        is_compared
        or bool(names & _BOUNDS)
        or any(getattr(part, "arg", "") == "max_length" for part in parts)
    )


class _Streams(Trace):
    """Streams without a limit: of other services, and of requests that may be large."""

    def __init__(self, facts: Facts, large: set[ast.AST]) -> None:
        super().__init__(facts.graph)
        self._large = large

    @override
    def starts_at(self, source: Source, node: ast.expr) -> str:
        names = self.resolver.names(source, getattr(node, "func", None))
        is_own = "starlette.requests.Request.stream" in names
        is_large = is_own and source.enclosing_function(node) in self._large
        return "stream" if is_large or _STREAMS.words_of(names) else ""


def _iterated(part: ast.AST) -> ast.expr | None:
    return part.iter if isinstance(part, ast.AsyncFor) else part.generators[0].iter  # type: ignore[attr-defined] - a comprehension


def _collected(part: ast.AST) -> ast.AST | None:
    """Return where a loop or a comprehension keeps every item; `None` if it stops at a limit."""
    if isinstance(part, ast.ListComp) and part.generators[0].is_async:
        return part
    inside = list(ast.walk(part)) if isinstance(part, ast.AsyncFor) else []
    if any(isinstance(one, ast.Compare | ast.Yield | ast.Await) for one in inside):
        return None
    for one in inside:
        if isinstance(one, ast.AugAssign) or (
            isinstance(one, ast.Call) and last_name(one) in _ADDING
        ):
            return one
    return None


RULES = (find_unbounded_uploads,)
