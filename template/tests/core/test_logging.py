"""One event a line, in one format for all loggers, without secrets."""

import io
import logging
from typing import Any

import orjson
import pytest
import structlog

from app.core.logging import REDACTED, configure_logging
from app.settings import Settings
from tests.core.conftest import Logged

log = structlog.get_logger()


def fail_with_a_secret_at_hand() -> None:
    password = "hunter2"
    assert password
    raise RuntimeError("it broke")


def test_production_writes_json_a_line_an_event(logged: Logged, log_stream: io.StringIO) -> None:
    log.info("happened", rows=3, when={"nested": [1, 2]}, text="two\nlines")
    (line,) = logged("happened")
    assert (line["level"], line["rows"], line["when"]) == ("info", 3, {"nested": [1, 2]})
    assert line["timestamp"].endswith("Z")
    assert log_stream.getvalue().count("\n") == 1


def test_an_exception_is_one_line_with_its_traceback_as_structure(
    logged: Logged, log_stream: io.StringIO
) -> None:
    try:
        fail_with_a_secret_at_hand()
    except RuntimeError:
        log.exception("broke")
    (line,) = logged("broke")
    assert line["exception"][0]["exc_type"] == "RuntimeError"
    assert line["exception"][0]["frames"][-1]["name"] == "fail_with_a_secret_at_hand"
    assert log_stream.getvalue().count("\n") == 1


@pytest.mark.usefixtures("logged")
def test_a_traceback_does_not_show_local_variables(log_stream: io.StringIO) -> None:
    try:
        fail_with_a_secret_at_hand()
    except RuntimeError:
        log.exception("ours")
        logging.getLogger("theirs").exception("theirs")
    assert log_stream.getvalue().count("fail_with_a_secret_at_hand") == 2
    assert "hunter2" not in log_stream.getvalue()


@pytest.mark.parametrize("name", ["uvicorn.error", "uvicorn", "asyncpg.pool"])
def test_lines_of_libraries_come_out_the_same_way(
    logged: Logged, log_stream: io.StringIO, name: str
) -> None:
    logging.getLogger(name).warning("%s is %d", "six", 6)
    (line,) = logged("six is 6")
    assert (line["level"], line["logger"]) == ("warning", name)
    assert "timestamp" in line
    assert log_stream.getvalue().count("\n") == 1


def test_an_exception_of_a_library_is_structure_too(logged: Logged) -> None:
    try:
        fail_with_a_secret_at_hand()
    except RuntimeError:
        logging.getLogger("theirs").exception("broke")
    assert logged("broke")[0]["exception"][0]["exc_value"] == "it broke"


def test_values_with_secret_names_are_redacted(logged: Logged) -> None:
    secrets = dict.fromkeys(("password", "apiKey", "Authorization"), "hunter2")
    log.info("seen", **secrets, rows=1)
    (line,) = logged("seen")
    assert [line[name] for name in secrets] == [REDACTED] * 3
    assert line["rows"] == 1


@pytest.mark.usefixtures("logged")
@pytest.mark.parametrize(
    "value",
    [
        {"token": "hunter2"},
        {"deep": {"x-api-key": "hunter2"}},
        [{"cookie": "hunter2"}],
        ({"database_url": "hunter2"},),
    ],
)
def test_a_secret_inside_a_value_is_redacted_and_the_value_itself_unchanged(
    log_stream: io.StringIO, value: Any
) -> None:
    before = repr(value)
    log.info("seen", value=value)
    assert "hunter2" not in log_stream.getvalue()
    assert REDACTED in log_stream.getvalue()
    assert repr(value) == before


def test_values_that_json_lacks_are_written_as_text(logged: Logged) -> None:
    log.info("seen", value=object, keys={1: 2})
    (line,) = logged("seen")
    assert line["value"] == "<class 'object'>"
    assert line["keys"] == {"1": 2}


def test_a_terminal_gets_readable_lines(bare_settings: Settings, log_stream: io.StringIO) -> None:
    configure_logging(bare_settings, stream=log_stream)
    log.info("happened", rows=3)
    logging.getLogger("theirs").info("theirs")
    first, second = log_stream.getvalue().splitlines()
    assert "happened" in first
    assert "rows=3" in first
    assert "theirs" in second
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(first)


def test_lower_levels_are_not_written(bare_settings: Settings, log_stream: io.StringIO) -> None:
    changed = bare_settings.model_copy(update={"log_level": "WARNING"})
    configure_logging(changed, stream=log_stream)
    for logger in (structlog.get_logger(), logging.getLogger("theirs")):
        logger.info("quiet")
        assert log_stream.getvalue() == ""
        logger.warning("loud")
        assert "loud" in log_stream.getvalue()
        log_stream.truncate(0)


def test_configuring_twice_writes_every_line_once(
    bare_settings: Settings, log_stream: io.StringIO
) -> None:
    for _ in range(2):
        configure_logging(bare_settings, stream=log_stream)
    logging.getLogger("uvicorn.error").warning("theirs")
    assert log_stream.getvalue().count("theirs") == 1
