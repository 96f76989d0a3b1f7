"""Lists at ten million rows, relative to the same lists at ten thousand.

Each database has a worker of its own, and the rows of each page are the same in both. The pages
are those of ten users and symbols in turn, and the caches are warm.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from time import monotonic, sleep
from typing import NamedTuple

from benchmarks.measures import Figure, Measure, Side, Sides, at_most
from benchmarks.rows import LARGE, SESSIONS, SMALL, Size, fill
from benchmarks.serving import Bench, Server, State
from benchmarks.sql import execute, new_database
from benchmarks.wire import Connection, encode, send_all

PAGE = 100
TURNS = 10
SECONDS_FOR_STATISTICS = 60
SECONDS_UNTIL_SETTLED = 12
"""A connection of PostgreSQL that has no more work reports what it has read within ten seconds."""
NUMBERS = range(1, SESSIONS + 1)
READS = """
    SELECT coalesce(sum(seq_scan), 0), coalesce(sum(idx_scan), 0), coalesce(sum(idx_tup_fetch), 0)
    FROM pg_stat_user_tables WHERE relname IN ('symbols', 'candles', 'alerts')
"""


class ReadTooMuch(Exception):
    """A list reads a whole table, or more rows than are on its pages."""


class Served(NamedTuple):
    """A database and the server on it."""

    url: str
    server: Server


class Both(NamedTuple):
    """The large database and the small one."""

    large: Served
    small: Served


@contextmanager
def both_sizes(bench: Bench) -> Iterator[Both]:
    """Fill and serve both databases."""
    with served(bench, "large", LARGE) as large, served(bench, "small", SMALL) as small:
        yield Both(large, small)


@contextmanager
def served(bench: Bench, name: str, size: Size) -> Iterator[Served]:
    """Fill a database and serve it with one worker."""
    with new_database(bench, name) as url:
        fill(bench, url, size)
        with bench.serve(("-m", "app.server"), settings={"DATABASE_URL": url}) as server:
            yield Served(url, server)


def candle_ranges(_: Server) -> list[bytes]:
    """Return requests for a hundred minutes of a symbol each."""
    span = "interval=1m&start=2020-01-01T06:00:00Z&end=2020-01-01T07:40:00Z"
    return [encode("GET", f"/api/v1/symbols/T{n:08}/candles?{span}") for n in NUMBERS]


def symbol_pages(server: Server) -> list[bytes]:
    """Return requests for ten pages in the middle of the small list."""
    with Connection(server.port) as connection:
        cursors = [""]
        for _ in NUMBERS:
            path = f"/api/v1/symbols?limit=500{cursors[-1]}"
            meta = connection.read(encode("GET", path))["meta"]
            cursors.append(f"&cursor={meta['next_cursor']}")
    return [encode("GET", f"/api/v1/symbols?limit={PAGE}{cursor}") for cursor in cursors[1:]]


def alert_lists(_: Server) -> list[bytes]:
    """Return requests for the alerts of a user each."""
    headers = [{"Authorization": f"Bearer token-{number}"} for number in NUMBERS]
    return [encode("GET", f"/api/v1/alerts?limit={PAGE}", headers=one) for one in headers]


def comparing(
    requests_of: Callable[[Server], list[bytes]],
) -> Callable[[Bench], AbstractContextManager[Sides]]:
    """Return the comparison of a list, which checks the pages and the number of rows read."""

    @contextmanager
    def compare(bench: Bench) -> Iterator[Sides]:
        large, small = bench.open(both_sizes)
        requests = requests_of(small.server)
        check_reads(bench, large, requests)
        check_pages(large, small, requests)
        yield Sides(taking(large.server, requests), taking(small.server, requests))

    return compare


def check_pages(large: Served, small: Served, requests: Sequence[bytes]) -> None:
    """Check that both databases give full pages of the same form."""
    with Connection(large.server.port) as many, Connection(small.server.port) as few:
        for request in requests:
            pages = [connection.read(request)["data"] for connection in (many, few)]
            assert [len(page) for page in pages] == [PAGE, PAGE], f"{request!r}: {pages}"
            assert pages[0][0].keys() == pages[1][0].keys()


def check_reads(bench: Bench, large: Served, requests: Sequence[bytes]) -> None:
    """Check that the pages are read by index, and no more rows than the pages have.

    Raises:
        ReadTooMuch: PostgreSQL's statistics show a sequential scan, or other rows.
    """
    before = settled_reads(bench, large.url)
    with Connection(large.server.port) as connection:
        for request in requests:
            connection.send(request)
    scans, _, rows = (
        now - then
        for now, then in zip(settled_reads(bench, large.url, before), before, strict=True)
    )
    if reads_too_much(scans=scans, rows=rows, pages=len(requests)):
        raise ReadTooMuch(f"{scans} scans of a table and {rows} rows for {requests[0]!r} …")


def reads_too_much(*, scans: int, rows: int, pages: int) -> bool:
    """Return whether pages scan a table, or read more rows by index than they have."""
    # A page reads one row more than it has, and the symbol of each row or of the list.
    return scans > 0 or rows > (2 * PAGE + 10) * pages


def settled_reads(bench: Bench, url: str, before: Sequence[int] | None = None) -> list[int]:
    """Return the scans of tables, the scans of indexes and the rows read by index.

    They are settled once they have changed, if they are to change, and have stayed the same for
    as long as a connection may wait before it reports.
    """
    deadline = monotonic() + SECONDS_FOR_STATISTICS
    last, since = before or [], monotonic()
    while monotonic() < deadline:
        now = [int(one) for one in execute(bench, READS, url=url)[0]]
        if now != last:
            last, since = now, monotonic()
        elif now != before and monotonic() - since > SECONDS_UNTIL_SETTLED:
            return now
        sleep(2)
    raise ReadTooMuch("PostgreSQL reports no reads")


def taking(server: Server, requests: Sequence[bytes]) -> Side:
    """Return a side that sends the requests in turn."""

    def measure() -> Figure:
        spent = send_all(server, [*requests] * TURNS)
        count = len(requests) * TURNS
        return Figure(spent.seconds / count, spent.cpu and spent.cpu / count)

    return measure


def measure_of(name: str, requests_of: Callable[[Server], list[bytes]]) -> Measure:
    """Return the measure of a list."""
    return Measure(
        f"{name}, 10 million rows",
        "seconds per page of 100: at 10 million rows / at 10 thousand",
        at_most(1.2),
        comparing(requests_of),
        states=[State.EVERYTHING_ON],
    )


MEASURES = [
    measure_of("candles of a range", candle_ranges),
    measure_of("list of symbols", symbol_pages),
    measure_of("list of one's own alerts", alert_lists),
]
