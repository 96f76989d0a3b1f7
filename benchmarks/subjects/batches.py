"""The measure of batches: one request for 100 symbols, relative to 100 requests for one each."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from benchmarks.measures import Figure, Measure, Sides, at_least
from benchmarks.requests import cpu_seconds
from benchmarks.serving import Bench
from benchmarks.wire import Connection, encode

SIZE = 100
TICKERS = [f"BATCH{number}" for number in range(SIZE)]
ROWS = f"""
INSERT INTO symbols (id, ticker, name, currency)
SELECT gen_random_uuid(), 'BATCH' || n, 'A symbol', 'USD' FROM generate_series(0, {SIZE - 1}) n
ON CONFLICT DO NOTHING;
INSERT INTO candles SELECT id, '1d', timestamptz '2020-01-01Z' + n * interval '1 day', 2, 4, 1, 3, 9
FROM symbols, generate_series(1, 10) n WHERE ticker LIKE 'BATCH%' ON CONFLICT DO NOTHING;
"""


@contextmanager
def compare_batches(bench: Bench) -> Iterator[Sides]:
    """Compare one request with a hundred, sent one after another over one connection."""
    bench.execute(ROWS)
    server = bench.our_server()
    batch = encode("POST", "/api/v1/candle-queries", {"symbols": TICKERS, "limit": 10})
    single = [encode("GET", f"/api/v1/symbols/{ticker}/candles?limit=10") for ticker in TICKERS]
    with Connection(server.port) as connection:
        found = connection.data(batch)
        assert [one["candles"] for one in found["succeeded"]] == [
            connection.data(request) for request in single
        ], "the batch has other candles than the single requests"

        def take(requests: list[bytes]) -> Figure:
            started, cpu = perf_counter(), cpu_seconds(server.process_id)
            for request in requests:
                connection.send(request)
            return Figure(
                1 / (perf_counter() - started), cpu_seconds(server.process_id) - cpu
            )

        yield Sides(lambda: take([batch]), lambda: take(single))


MEASURES = [
    Measure(
        "batch of 100",
        "symbols per second: one request for 100 symbols / 100 requests",
        at_least(30),
        compare_batches,
    ),
]
