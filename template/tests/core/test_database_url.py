import pytest

from app.core.database_url import parse_database_url


@pytest.mark.parametrize("name", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_every_name_of_postgresql_gets_the_async_driver(name: str) -> None:
    url, arguments = parse_database_url(f"{name}://ada:pw@db.example.com:6432/app")
    assert url.drivername == "postgresql+asyncpg"
    assert (url.username, url.host) == ("ada", "db.example.com")
    assert (url.port, url.database) == (6432, "app")
    assert arguments == {}


def test_tls_parameters_of_a_pasted_address_are_understood() -> None:
    url, arguments = parse_database_url(
        "postgresql://ada:pw@db.example.com/app?sslmode=require&channel_binding=require"
    )
    assert arguments == {"ssl": "require"}
    assert dict(url.query) == {}


def test_other_parameters_stay() -> None:
    url, _ = parse_database_url("postgresql:///app?host=/run/a%20folder&sslmode=disable")
    assert dict(url.query) == {"host": "/run/a folder"}


def test_a_password_keeps_its_special_characters() -> None:
    url, _ = parse_database_url("postgres://ada:p%40ss%2F%3A%25w@db.example.com/app")
    assert url.password == "p@ss/:%w"


def test_white_space_around_a_pasted_address_does_no_harm() -> None:
    url, _ = parse_database_url(" postgres://ada:pw@db.example.com/app\n")
    assert url.database == "app"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "db.example.com",
        "mysql://ada:hunter2@db.example.com/app",
        "postgresql+psycopg://ada:hunter2@db.example.com/app",
        "hunter2",
        "postgresql://ada:pw@db.example.com:hunter2/app",
    ],
)
def test_another_address_is_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(ValueError, match="not one of PostgreSQL: write it as") as refusal:
        parse_database_url(address)
    assert "hunter2" not in str(refusal.value)
