import pytest

from plumbline.updating.template import sections_between, template_address

CHANGELOG = """\
# Changelog

## Unreleased

- Not yet.

## 0.10.0 - 2027-03-01

- Ten.

## [0.9.0] - 2027-02-01

- Nine.

## 0.2.0 - 2027-01-01

- Two.
"""


def test_the_sections_after_one_version_up_to_another_are_kept() -> None:
    kept = sections_between(CHANGELOG, old="0.2.0", new="0.10.0")
    assert kept == "### 0.10.0 - 2027-03-01\n\n- Ten.\n\n### [0.9.0] - 2027-02-01\n\n- Nine."
    assert sections_between(CHANGELOG, old="v0.2.0", new="v0.9.0").endswith("- Nine.")


def test_a_version_that_lies_between_releases_counts_as_the_one_before() -> None:
    assert sections_between(CHANGELOG, old="0.9.0-3-gabc", new="0.10.0").endswith("- Ten.")


@pytest.mark.parametrize("text", ["", "No headings.", "## Unreleased\n\n- Not yet.\n"])
def test_there_may_be_nothing_to_tell(text: str) -> None:
    assert sections_between(text, old="0.1.0", new="0.2.0") == ""


def test_short_addresses_are_written_out_for_git() -> None:
    assert template_address("gh:some/template.git") == "https://github.com/some/template.git"
    assert template_address("git+ssh://host/template") == "ssh://host/template"
    assert template_address("/srv/template") == "/srv/template"
