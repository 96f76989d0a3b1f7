import asyncio
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.guards import lock
from app.core.guards.locks import LockBackend, PostgresLockBackend
from app.core.services import provide
from app.features.market_data.load.__main__ import LOCK_NAME, main
from app.features.market_data.models import Candle, Symbol
from tests.features.market_data.examples import StoreSymbol, day

HEADER = "Ticker,Date,Open,High,Low,Close,Volume"


def line(number: int, *, ticker: str = "AAPL", close: str = "1.5") -> str:
    return f"{ticker},{day(number)},1,2,1,{close},100"


class Command:
    """The command, with its own CSV file and database."""

    def __init__(self, path: Path, output: pytest.CaptureFixture[str]) -> None:
        self.path = path
        self.output = output
        self.printed = ""

    async def load(self, *lines: str, options: tuple[str, ...] = ()) -> int:
        self.path.write_text("\n".join([HEADER, *lines]))
        status = await asyncio.to_thread(main, [str(self.path), *options])
        self.printed = "".join(self.output.readouterr())
        return status


@pytest.fixture
def command(
    committed_database: AsyncEngine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Command:
    address = committed_database.url.render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", address)
    return Command(tmp_path / "my prices.csv", capsys)


async def count(engine: AsyncEngine, table: type[Candle | Symbol]) -> int:
    async with engine.connect() as connection:
        return await connection.scalar(select(func.count()).select_from(table)) or 0


async def test_loading_creates_symbols_and_candles_and_is_idempotent(
    command: Command, committed_database: AsyncEngine
) -> None:
    lines = [line(number, ticker=ticker) for ticker in ("AAPL", "MSFT") for number in range(5)]
    assert await command.load(*lines) == 0
    assert "currency USD: AAPL, MSFT" in command.printed
    assert "Rows: 10 good, 0 bad. Candles: 10 stored, 0 unchanged, 0 repeated." in command.printed
    assert await command.load(*lines) == 0
    assert "0 stored, 10 unchanged, 0 repeated." in command.printed
    assert "New symbols" not in command.printed
    assert await count(committed_database, Candle) == 10
    assert await count(committed_database, Symbol) == 2


async def test_the_last_row_of_a_candle_counts_and_a_change_is_stored(
    command: Command, committed_database: AsyncEngine
) -> None:
    await command.load(line(1), line(2))
    assert await command.load(line(1, close="1.1"), line(2), line(1, close="1.2")) == 0
    assert "1 stored, 1 unchanged, 1 repeated." in command.printed
    async with committed_database.connect() as connection:
        closes = await connection.scalars(select(Candle.close).order_by(Candle.open_time))
        assert [str(close) for close in closes] == ["1.20000000", "1.50000000"]


async def test_a_bad_row_rejects_the_file_unless_bad_rows_are_skipped(
    command: Command, committed_database: AsyncEngine
) -> None:
    lines = [line(1), "AAPL,2013-01-03,1,2,1,oops,100", line(3, ticker="MSFT")]
    assert await command.load(*lines) == 1
    assert "line 3: close is 'oops'" in command.printed
    assert "bad rows: 1;" in command.printed
    assert await count(committed_database, Candle) == await count(committed_database, Symbol) == 0
    assert await command.load(*lines, options=("--on-bad-row", "skip")) == 0
    assert "line 3: close is 'oops'" in command.printed
    assert "Rows: 2 good, 1 bad. Candles: 2 stored" in command.printed
    assert await count(committed_database, Candle) == 2


async def test_only_the_first_bad_rows_are_shown_and_all_are_counted(command: Command) -> None:
    assert await command.load(*["oops"] * 50, options=("--on-bad-row", "skip")) == 0
    assert command.printed.count(" fields, ") == 20
    assert "Rows: 0 good, 50 bad." in command.printed


async def test_candles_of_another_interval_do_not_mix(
    command: Command, committed_database: AsyncEngine
) -> None:
    await command.load(line(1))
    assert await command.load(line(1), options=("--interval", "1h")) == 0
    assert "1 stored" in command.printed
    assert await count(committed_database, Candle) == 2


async def test_an_unreadable_file_is_rejected(command: Command) -> None:
    command.path.write_bytes(b"")
    assert await asyncio.to_thread(main, [str(command.path)]) == 1
    with pytest.raises(SystemExit) as wrong:
        await asyncio.to_thread(main, [f"{command.path}.missing"])
    assert wrong.value.code == 2


async def test_missing_tables_are_reported_with_the_command_to_run(
    command: Command, committed_database: AsyncEngine
) -> None:
    async with committed_database.begin() as connection:
        await connection.execute(text("DROP TABLE candles"))
    assert await command.load(line(1)) == 1
    assert "Create them with `make migrate`. Nothing was loaded." in command.printed


async def test_an_unavailable_database_is_reported(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://user@127.0.0.1:1/none")
    monkeypatch.setenv("DATABASE_CONNECT_SECONDS", "0.5")
    assert await command.load(line(1)) == 1
    assert "The database is unavailable." in command.printed


async def test_an_invalid_or_missing_database_url_is_reported(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://localhost")
    with pytest.raises(SystemExit, match="postgresql://"):
        await command.load(line(1))
    monkeypatch.setenv("DATABASE_URL", "")
    with pytest.raises(SystemExit, match="make load"):
        await command.load(line(1))


async def test_an_existing_symbol_keeps_its_name_and_currency(
    command: Command, committed_database: AsyncEngine, store_symbol: StoreSymbol
) -> None:
    await store_symbol("AAPL", name="Apple Inc.", currency="EUR")
    assert await command.load(line(1)) == 0
    async with committed_database.connect() as connection:
        symbols = await connection.execute(select(Symbol.ticker, Symbol.name, Symbol.currency))
        assert symbols.all() == [("AAPL", "Apple Inc.", "EUR")]
    assert await count(committed_database, Candle) == 1


async def test_a_second_load_is_rejected_while_one_is_running(
    command: Command, committed_database: AsyncEngine
) -> None:
    with provide(LockBackend, PostgresLockBackend()):
        async with lock(LOCK_NAME):
            assert await command.load(line(1)) == 1
    assert "Another load is running." in command.printed
    assert await count(committed_database, Candle) == 0
    assert await command.load(line(1)) == 0
