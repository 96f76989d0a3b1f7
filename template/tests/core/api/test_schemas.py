from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from app.core.api import EmailAddress, FileName, RequestModel, ResponseModel, ShortText, UtcDatetime

moments: TypeAdapter[datetime] = TypeAdapter(UtcDatetime)
texts: TypeAdapter[str] = TypeAdapter(ShortText)
file_names: TypeAdapter[str] = TypeAdapter(FileName)
emails: TypeAdapter[str] = TypeAdapter(EmailAddress)
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


HIDDEN = (
    *("\x07", "\x7f", "\x85", "\xad", "\u034f", "\u061c", "\u115f", "\u180e", "\u200b", "\u200e"),
    *("\u2028", "\u202e", "\u2060", "\u2066", "\u3164", "\ufeff", "\uffa0", "\ufffb", "\U000e0041"),
)
JOINED = ("👩\u200d👧.jpg", "می\u200cکنم", "क्\u200dष", "👩\u200d👩\u200d👧")


@pytest.mark.parametrize("value", [*HIDDEN, *(f"a{one}b.txt" for one in HIDDEN)])
@pytest.mark.parametrize("kind", [texts, file_names])
def test_invisible_characters_are_refused(kind: TypeAdapter[str], value: str) -> None:
    if value != "\x85":  # white space, which is removed around a text
        with pytest.raises(ValidationError):
            kind.validate_python(value)


@pytest.mark.parametrize("value", ["a\u200db", "\u200d", "👩\u200d", "\u200d👩", "é\u200d\u200dé"])
@pytest.mark.parametrize("kind", [texts, file_names])
def test_a_joiner_that_joins_nothing_is_refused(kind: TypeAdapter[str], value: str) -> None:
    with pytest.raises(ValidationError):
        kind.validate_python(value)


@pytest.mark.parametrize(
    "value", [*JOINED, "Übung 1.pdf", "日本.txt", ".env", "a.", "❤\ufe0f", "e\u0301"]
)
@pytest.mark.parametrize("kind", [texts, file_names])
def test_words_of_every_language_are_kept(kind: TypeAdapter[str], value: str) -> None:
    assert kind.validate_python(value) == value


@pytest.mark.parametrize(
    "value",
    [
        *(
            "",
            " ",
            "\xa0",
            "\u3000",
            "\u2800",
            "\ufe0f",
            "\u0301",
            ".",
            "..",
            "…",
            "\uff0e\uff0e",
            " . ",
        ),
        *("a/b", "a\\b", "../a", "a\uff0fb", "a\uff3cb", "a\ufe68b", "℅"),
        *("CON", "nul", "com1.txt", "LPT9.tar.gz", "aux .txt", "COM¹"),
    ],
)
def test_a_file_name_that_is_empty_a_path_or_reserved_is_refused(value: str) -> None:
    with pytest.raises(ValidationError):
        file_names.validate_python(value)


@pytest.mark.parametrize("value", ["console.txt", "COM10", "nullable", "a..b"])
def test_file_names_that_only_resemble_those_are_kept(value: str) -> None:
    assert file_names.validate_python(value) == value


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "[127.0.0.1]", "[IPv6:::1]", "123", "2130706433", "0x7f.1", "0x7f000001"),
        *("127.1", "0177.0.0.1", "example.123", "example.0x7f", "example", "example.c"),
    ],
)
def test_a_numeric_host_is_no_mail_domain(host: str) -> None:
    with pytest.raises(ValidationError):
        emails.validate_python(f"ada@{host}")


@pytest.mark.parametrize("host", ["example.com", "4chan.org", "1.2.3.xn--p1ai", "0x7f.example.io"])
def test_a_mail_domain_may_begin_with_digits(host: str) -> None:
    assert emails.validate_python(f"ada@{host}") == f"ada@{host}"


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
