from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from app.core.api import RequestModel, ResponseModel, ShortText, UtcDatetime

moments: TypeAdapter[datetime] = TypeAdapter(UtcDatetime)
texts: TypeAdapter[str] = TypeAdapter(ShortText)
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "2026-01-31T12:00:00Z",
        "2026-01-31t12:00:00z",
        "2026-01-31 13:00:00+01:00",
        "2026-01-31T06:30-05:30",
        NOON,
    ],
)
def test_any_offset_becomes_utc(value: object) -> None:
    moment = moments.validate_python(value)
    assert (moment, moment.tzinfo) == (NOON, UTC)


@pytest.mark.parametrize(
    "value",
    [
        "2026-01-31T12:00:00",
        "2026-01-31",
        "0",
        "1769860800",
        0,
        1769860800.5,
        True,
        None,
        "now",
        "2026-02-30T12:00:00Z",
        "2026-01-31T12:00:00Z and more",
        "٢٠٢٦-01-31T12:00:00Z",
        datetime(2026, 1, 31, 12),  # noqa: DTZ001 - refused for that
    ],
)
def test_an_invalid_point_in_time_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        moments.validate_python(value)


@pytest.mark.parametrize("value", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"])
def test_a_point_outside_of_the_calendar_in_utc_is_refused(value: str) -> None:
    with pytest.raises(ValidationError, match="within the years 1 to 9999"):
        moments.validate_python(value)


@pytest.mark.parametrize(("value", "text"), [("  a b ", "a b"), ("x" * 200, "x" * 200)])
def test_a_short_text_loses_the_space_around_it(value: str, text: str) -> None:
    assert texts.validate_python(value) == text


@pytest.mark.parametrize("value", ["", "  ", "\n", "x" * 201, "a\x00b", 1, None])
def test_no_text_too_much_text_and_nul_are_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        texts.validate_python(value)


class Note(RequestModel):
    title: ShortText


def test_unknown_fields_are_refused() -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        Note.model_validate({"title": "a", "admin": True})


def test_an_error_of_input_does_not_show_the_input() -> None:
    with pytest.raises(ValidationError) as refusal:
        Note.model_validate({"title": ["hunter2"]})
    assert "hunter2" not in str(refusal.value)


def test_input_cannot_be_changed_later() -> None:
    note = Note(title="a")
    with pytest.raises(ValidationError, match="frozen"):
        setattr(note, "title", "b")  # noqa: B010 - the type checker refuses the other way


def test_output_reads_attributes() -> None:
    class NoteOut(ResponseModel):
        title: str

    assert NoteOut.model_validate(Note(title="a")).title == "a"
