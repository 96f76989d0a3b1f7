import ssl
from pathlib import Path

import pytest
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg

from app.core.database_url import direct_address, parse_database_url

NEON = "postgresql://ada:pw@ep-x-123-pooler.eu-central-1.aws.neon.tech/app"
OTHER = "postgresql://ada:pw@db.example.com/app"


@pytest.mark.parametrize(
    "name",
    ["postgres", "postgresql", "postgresql+asyncpg", "postgresql+psycopg", "postgres+psycopg2"],
)
def test_every_name_of_postgresql_gets_the_async_driver(name: str) -> None:
    url, arguments = parse_database_url(f"{name}://ada:pw@db.example.com:6432/app")
    assert url.drivername == "postgresql+asyncpg"
    assert (url.username, url.host) == ("ada", "db.example.com")
    assert (url.port, url.database) == (6432, "app")
    assert arguments == {}


def test_a_pasted_address_of_neon_is_understood() -> None:
    url, arguments = parse_database_url(f"{NEON}?sslmode=require&channel_binding=require")
    assert (url.host, url.database) == ("ep-x-123-pooler.eu-central-1.aws.neon.tech", "app")
    assert dict(url.query) == {}
    context = arguments.pop("ssl")
    assert is_verified(context, name=True)  # since asyncpg cannot bind the channel
    assert arguments == {}


def is_verified(context: ssl.SSLContext, *, name: bool) -> bool:
    return (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, name)


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer", "require"])
def test_a_certificate_is_not_asked_for_where_libpq_would_not(mode: str) -> None:
    _, arguments = parse_database_url(f"{OTHER}?sslmode={mode}&channel_binding=prefer")
    assert arguments == {"ssl": mode}


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """A certificate of an authority, any one that the system trusts."""
    context = ssl.create_default_context()
    certificates = context.get_ca_certs(binary_form=True)
    if not certificates:
        pytest.skip("this machine trusts no certificates")
    path = tmp_path / "root.crt"
    path.write_text(ssl.DER_cert_to_PEM_cert(certificates[0]))
    return path


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ("sslmode=verify-full", True),
        ("sslmode=verify-full&sslrootcert=system", True),
        ("sslrootcert=system", True),
        ("sslmode=verify-ca", True),  # or any authority could let in any server
    ],
)
def test_a_certificate_is_checked_against_the_systems_authorities(
    parameters: str, *, name: bool
) -> None:
    _, arguments = parse_database_url(f"{OTHER}?{parameters}")
    assert is_verified(arguments["ssl"], name=name)


@pytest.mark.parametrize(
    ("mode", "name"), [("require", False), ("verify-ca", False), ("verify-full", True)]
)
def test_a_certificate_is_checked_against_an_authority_of_ones_own(
    authority: Path, mode: str, *, name: bool
) -> None:
    _, arguments = parse_database_url(f"{OTHER}?sslmode={mode}&sslrootcert={authority}")
    assert is_verified(arguments["ssl"], name=name)
    assert len(arguments["ssl"].get_ca_certs()) == 1


def test_tls_can_begin_at_once() -> None:
    _, arguments = parse_database_url(f"{OTHER}?sslmode=require&sslnegotiation=direct")
    assert arguments == {"ssl": "require", "direct_tls": True}


def test_parameters_for_the_server_are_passed_on() -> None:
    url, arguments = parse_database_url(
        f"{OTHER}?options=endpoint%3Dep-x-123&application_name=api&connect_timeout=3"
        "&target_session_attrs=read-write"
    )
    assert dict(url.query) == {}
    assert arguments == {
        "server_settings": {"options": "endpoint=ep-x-123", "application_name": "api"},
        "target_session_attrs": "read-write",
        "timeout": 3,
    }


@pytest.mark.parametrize(
    ("parameters", "complaint"),
    [
        ("sslmode=full", "sslmode in the database URL must be one of disable, allow"),
        ("sslmode=require&sslmode=disable", "repeats parameters: sslmode"),
        ("sslnegotiation=direct", "sslnegotiation=direct in the database URL needs sslmode"),
        (
            "target_session_attrs=any1",
            "target_session_attrs in the database URL must be one",
        ),
        ("connect_timeout=soon", "connect_timeout in the database URL must be a number"),
        ("sslmode=verify-ca&sslrootcert=/nowhere", "sslrootcert in the database URL cannot be"),
        ("sslcert=/x&keepalives=1", "unsupported parameters: keepalives, sslcert; supported are"),
        (
            "prepared_statement_cache_size=0",
            "unsupported parameters: prepared_statement_cache_size",
        ),
    ],
)
def test_an_unknown_parameter_is_refused_by_name(parameters: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint) as refusal:
        parse_database_url(f"postgresql://ada:hunter2@db.example.com/app?{parameters}")
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize(
    ("address", "direct"),
    [
        (f"{NEON}?sslmode=require", f"{NEON.replace('-pooler', '')}?sslmode=require"),
        (NEON.replace("aws", "azure"), NEON.replace("aws", "azure").replace("-pooler", "")),
        (" postgresql+asyncpg://ep-a-pooler.neon.tech/x\n", "postgresql://ep-a.neon.tech/x"),
        (
            "postgres://ada:p%40@ep-a.neon.tech/x-pooler",
            "postgres://ada:p%40@ep-a.neon.tech/x-pooler",
        ),
        (OTHER.replace("db.", "db-pooler."), OTHER.replace("db.", "db-pooler.")),
    ],
)
def test_the_direct_address_is_without_the_pooler_of_neon(address: str, direct: str) -> None:
    assert direct_address(address) == direct


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [
        ("ada:pw@[::1]:5433/app", "::1", 5433),
        ("ada@%2Fvar%2Frun%2Fpostgresql/app", "/var/run/postgresql", None),
        ("ada@%2Fvar%2Fa%20b:5433/app", "/var/a b", 5433),
        ("ada:pw@a,b:5433/app", ["a", "b"], [5432, 5433]),
        ("ada:pw@a:5433,b:5434/app?target_session_attrs=primary", ["a", "b"], [5433, 5434]),
        ("/app?host=a,b&port=5433,5434", ["a", "b"], [5433, 5434]),
        ("/app?host=a:5433&host=b:5434", ["a", "b"], [5433, 5434]),
        ("ada:pw@/app?host=db.example.com", "db.example.com", None),
    ],
)
def test_hosts_reach_the_driver(address: str, host: object, port: object) -> None:
    url, _ = parse_database_url(f"postgresql://{address}")
    _, arguments = PGDialect_asyncpg().create_connect_args(url)
    assert (arguments["host"], arguments.get("port"), arguments["database"]) == (host, port, "app")


def test_a_host_of_neon_in_the_parameters_is_verified_and_has_a_direct_address() -> None:
    host = "ep-x-pooler.eu-central-1.aws.neon.tech"
    address = f"postgresql://ada:pw@/app?host={host}&sslmode=require&channel_binding=require"
    _, arguments = parse_database_url(address)
    assert is_verified(arguments["ssl"], name=True)
    assert direct_address(address) == address.replace("-pooler", "")


@pytest.mark.parametrize("form", ["'{}'", '"{}"', "psql '{}'", "psql {}"])
def test_an_address_is_found_in_what_providers_show(form: str) -> None:
    url, _ = parse_database_url(form.format(OTHER))
    assert (url.host, url.database) == ("db.example.com", "app")
    assert direct_address(form.format(OTHER)) == OTHER


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
        "https://ada:hunter2@db.example.com/app",
        "postgresql://ada:pw@hunter2@db.example.com/app",
        "postgresql://ada:pw@hunter2/rest@db.example.com/app",
        "postgresql://ada:pw@hunter2 .example.com/app",
        "postgresql://ada:hunter2@db.example.com:99999/app",
        "postgresql://ada:hunter2@db.example.com,/app",
        "postgresql:///app?host=a,b&port=hunter2",
        "hunter2",
        "postgresql://ada:pw@db.example.com:hunter2/app",
    ],
)
def test_another_address_is_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(ValueError, match="not a PostgreSQL URL: use the form") as refusal:
        parse_database_url(address)
    assert "hunter2" not in str(refusal.value)
