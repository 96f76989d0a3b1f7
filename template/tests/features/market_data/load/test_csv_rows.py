import gzip
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from itertools import chain, islice, repeat
from pathlib import Path
from typing import TextIO, cast

import pytest

from app.features.market_data.intervals import Interval
from app.features.market_data.load.csv_rows import BadRow, GoodRow, InvalidFile, open_csv, read_rows

HEADER = "Ticker,Date,Open,High,Low,Close,Volume\n"
GOOD = "AAPL,2013-01-02,553.82,555.00,541.63,549.03,20018500\n"


def read(text: str, interval: Interval = Interval.ONE_DAY) -> list[GoodRow | BadRow]:
    return list(read_rows(StringIO(text, newline=""), interval=interval))


def read_file(path: Path) -> list[GoodRow | BadRow]:
    with open_csv(str(path)) as (_, text):
        return list(read_rows(text, interval=Interval.ONE_DAY))


def reason(line: str) -> str:
    (row,) = read(HEADER + line)
    assert isinstance(row, BadRow)
    return row.reason


def test_a_row_becomes_a_candle_with_exact_prices() -> None:
    (row,) = read(HEADER + GOOD)
    assert isinstance(row, GoodRow)
    assert row.line == 2
    assert row.candle.symbol == "AAPL"
    assert row.candle.interval is Interval.ONE_DAY
    assert row.candle.open_time == datetime(2013, 1, 2, tzinfo=UTC)
    assert row.candle.open == Decimal("553.82")
    assert row.candle.volume == 20018500


def test_columns_may_have_any_order_and_case_and_others_are_ignored() -> None:
    header = "Adj Close, VOLUME,close,Low,high,open,open_time,symbol\n"
    line = "1.23,20018500,549.03,541.63,555.00, 553.82,2013-01-02T00:00:00Z,aapl\n"
    (odd,), (ordinary,) = read(header + line), read(HEADER + GOOD)
    assert isinstance(odd, GoodRow)
    assert isinstance(ordinary, GoodRow)
    assert odd.candle == ordinary.candle


def test_an_open_time_may_have_any_offset_and_must_start_an_interval() -> None:
    line = GOOD.replace("2013-01-02", "2013-01-02T10:00:00+05:30")
    (row,) = read(HEADER + line, Interval.FIFTEEN_MINUTES)
    assert isinstance(row, GoodRow)
    assert row.candle.open_time == datetime(2013, 1, 2, 4, 30, tzinfo=UTC)
    (rejected,) = read(HEADER + line, Interval.ONE_HOUR)
    assert isinstance(rejected, BadRow)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (GOOD.replace("553.82", "n/a"), "open is 'n/a'"),
        (GOOD.replace("553.82", ""), "open is ''"),
        (GOOD.replace("553.82", "NaN"), "open is 'NaN'"),
        (GOOD.replace("553.82", "5.123456789"), "8 decimal places"),
        (GOOD.replace("555.00", "1.00"), "high the highest"),
        (GOOD.replace("2013-01-02", "2013-02-30"), "open_time is '2013-02-30"),
        (GOOD.replace("2013-01-02", "02/01/2013"), "open_time is '02/01/2013'"),
        (GOOD.replace("2013-01-02", "2013-01-02T00:00:00"), "timezone"),
        (GOOD.replace("AAPL", "A B"), "symbol is 'A B'"),
        (GOOD.replace("AAPL,", ""), "6 fields"),
        ("AAPL,2013-01-02," + "5" * 200_000 + ",1,1,1,1\n", "field larger than"),
    ],
)
def test_a_bad_row_has_the_reason(line: str, words: str) -> None:
    assert words in reason(line)


def test_a_bad_row_is_reported_by_its_line_and_later_rows_are_read() -> None:
    rows = read(HEADER + GOOD + "\r\n" + "5" * 200_000 + "\n" + "x\n" + GOOD)
    assert [(type(row), row.line) for row in rows] == [
        (GoodRow, 2),
        (BadRow, 4),
        (BadRow, 5),
        (GoodRow, 6),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        (HEADER.replace("Low,", ""), "no column is named Low"),
        (HEADER.replace("Date", "When"), "no column is named Date or Open Time"),
        (
            HEADER.replace("Ticker", "Ticker,Symbol"),
            "more than one column is named Ticker or Symbol",
        ),
    ],
)
def test_a_file_without_a_required_column_is_rejected(text: str, words: str) -> None:
    with pytest.raises(InvalidFile, match=words):
        read(text)


def test_a_file_with_only_a_header_has_no_rows() -> None:
    assert read(HEADER) == []


@pytest.mark.parametrize("encode", [bytes, gzip.compress])
def test_a_file_may_be_compressed_and_have_a_bom_and_crlf_line_ends(
    tmp_path: Path, encode: type[bytes]
) -> None:
    text = "\ufeff" + (HEADER + GOOD).replace("\n", "\r\n")
    path = tmp_path / "my prices.csv"
    path.write_bytes(encode(text.encode()))
    assert read_file(path) == read(HEADER + GOOD)


def test_invalid_utf_8_makes_only_its_row_bad(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_bytes((HEADER + GOOD.replace("AAPL", "AÄPL") + GOOD).encode("latin-1"))
    assert [type(row) for row in read_file(path)] == [BadRow, GoodRow]


def test_a_corrupt_file_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv.gz"
    content = gzip.compress((HEADER + GOOD * 999).encode())
    for corrupt in (content[:-20], content[:40] + b"?" * 40):
        path.write_bytes(corrupt)
        with pytest.raises(InvalidFile, match="corrupt"):
            read_file(path)


def test_a_file_is_read_only_as_far_as_its_rows_are_consumed() -> None:
    endless = Lines(chain([HEADER], repeat(GOOD)))
    rows = read_rows(cast("TextIO", endless), interval=Interval.ONE_DAY)
    assert len(list(islice(rows, 3))) == 3
    assert endless.taken == 4


class Lines:
    def __init__(self, lines: Iterator[str]) -> None:
        self.lines = lines
        self.taken = 0

    def readline(self, _limit: int) -> str:
        self.taken += 1
        return next(self.lines)
