from plumbline.updating.answers import read_answers
from plumbline.updating.edited_answers import entry_of

TEXT = b"""\
# What you answered.
_commit: 0.1.0
_src_path: https://example.com/template.git
author_name: 'O''Hara: a "name"'
description: A sentence that is so long that it is folded at one of its
    spaces, onto a second line.
project_name: "caf\\xE9"
toggle: false
"""


def test_every_way_of_writing_a_value_is_read() -> None:
    assert read_answers(TEXT) == {
        "_commit": "0.1.0",
        "_src_path": "https://example.com/template.git",
        "author_name": 'O\'Hara: a "name"',
        "description": "A sentence that is so long that it is folded at one of its "
        "spaces, onto a second line.",
        "project_name": "café",
        "toggle": False,
    }


def test_an_entry_is_found_as_it_stands() -> None:
    assert entry_of(TEXT, "toggle") == b"toggle: false"
    assert entry_of(TEXT, "description").endswith(b"one of its\n    spaces, onto a second line.")
    assert entry_of(TEXT, "absent") == b""
