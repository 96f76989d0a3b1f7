from plumbline.updating.reporting import required_settings

SOURCE = b"""
class MailSettings(ServiceSettings):
    required_in_production: ClassVar[tuple[str, ...]] = ("mail_from", "mail_key")

    mail_from: str | None = None
"""


def test_the_required_settings_are_read_from_the_source() -> None:
    assert required_settings(SOURCE) == {"mail_from", "mail_key"}


def test_a_file_without_or_with_conflicts_says_nothing() -> None:
    assert required_settings(b"mail_from = 1") == set()
    assert required_settings(b"<<<<<<< before updating\n" + SOURCE) == set()
