"""The measure of batches: one request for 100 symbols, relative to 100 requests for one each.

The floor is one request to a route by hand, relative to the same 100 requests to the service.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from benchmarks.measures import Figure, Measure, Sides, at_least
from benchmarks.serving import Bench, Server
from benchmarks.sql import execute
from benchmarks.wire import Connection, encode, send_all

TICKERS = [f"BATCH{number}" for number in range(100)]
REPEATED = 5  # a single batch is too short for the clock of CPU time
SYMBOLS = """
    INSERT INTO symbols (id, ticker, name, currency, created_at, updated_at)
    SELECT gen_random_uuid(), 'BATCH' || n, 'A symbol', 'USD', now(), now()
    FROM generate_series(0, 99) n
"""
CANDLES = """
    INSERT INTO candles (symbol_id, interval, open_time, open, high, low, close, volume)
    SELECT id, '1d', timestamptz '2020-01-01Z' + n * interval '1 day', 2, 4, 1, 3, 9
    FROM symbols, generate_series(1, 10) n WHERE ticker LIKE 'BATCH%'
"""


@contextmanager
def batch_rows(bench: Bench) -> Iterator[Server]:
    """Yield the service with a hundred symbols that have ten candles each."""
    server = bench.our_server()
    execute(bench, SYMBOLS, CANDLES, "ANALYZE")
    yield server


def comparing(limit: int) -> Callable[[Bench], AbstractContextManager[Sides]]:
    """Return the comparison of one request with a hundred for so many of the newest candles."""

    @contextmanager
    def compare_batches(bench: Bench) -> Iterator[Sides]:
        server, hand = bench.open(batch_rows), bench.yardstick("batch_by_hand:dressed")
        newest = {"limit": limit, "sort": "-open_time"}
        batch = encode("POST", "/api/v1/candle-queries", {"symbols": TICKERS, **newest})
        by_hand = encode("POST", "/candle-queries", {"symbols": TICKERS, **newest})
        single = [
            encode("GET", f"/api/v1/symbols/{ticker}/candles?limit={limit}&sort=-open_time")
            for ticker in TICKERS
        ]
        check(server, batch, single)
        with Connection(server.port) as ours, Connection(hand.port) as theirs:
            check_same(ours.read(batch), theirs.read(by_hand))
        yield Sides(
            lambda: symbols_per_second(server, [batch]),
            lambda: symbols_per_second(server, single),
            lambda: symbols_per_second(hand, [by_hand]),
        )

    return compare_batches


def check(server: Server, batch: bytes, single: Sequence[bytes]) -> None:
    """Check that the batch gives the candles of the single requests."""
    with Connection(server.port) as connection:
        found = connection.read(batch)["data"]["succeeded"]
        candles = [connection.read(request)["data"] for request in single]
    assert [one["candles"] for one in found] == candles, found
    assert candles[0], candles


def check_same(ours: dict[str, Any], by_hand: dict[str, Any]) -> None:
    """Check that the batch by hand has the same candles and counts, and a cursor where ours has."""
    assert by_hand["meta"] == ours["meta"], by_hand
    for mine, other in zip(ours["data"]["succeeded"], by_hand["data"]["succeeded"], strict=True):
        assert mine["candles"] == other["candles"], (mine, other)
        assert (mine["next_cursor"] is None) == (other["next_cursor"] is None), (mine, other)


def symbols_per_second(server: Server, requests: Sequence[bytes]) -> Figure:
    """Return the symbols per second, and the CPU seconds of the server."""
    spent = send_all(server, [*requests] * REPEATED)
    return Figure(len(TICKERS) * REPEATED / spent.seconds, spent.cpu)


MEASURES = [
    Measure(
        "batch of 100",
        "symbols per second: one request for the newest candle of 100 symbols / 100 requests",
        at_least(30),
        comparing(1),
    ),
    Measure(
        "batch of 100, ten candles",
        "symbols per second: as above, ten candles of each / 100 requests",
        None,
        comparing(10),
    ),
]
