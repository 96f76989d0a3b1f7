import httpx2
import pytest
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.core.api import (
    IF_MATCH_ERRORS,
    ExpectedVersions,
    IfMatch,
    Router,
    errors,
    make_etag,
    with_etag,
    with_location,
)
from app.core.errors import NotFound
from tests.core.conftest import Serve

router = Router(prefix="/probes")


class EtagBase(DeclarativeBase):
    pass


class Leaf(EtagBase):
    __tablename__ = "probe_leaves"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int]


@router.patch("", responses=with_etag(errors(NotFound, *IF_MATCH_ERRORS)))
async def change_probe(wanted: IfMatch) -> list[int] | str:
    return "any" if wanted.numbers is None else sorted(wanted.numbers)


async def ask(client: httpx2.AsyncClient, header: str) -> httpx2.Response:
    return await client.patch("/probes", headers=[(b"If-Match", header.encode("latin-1"))])


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ('"1"', [1]),
        ('  "7"\t', [7]),
        ('"1", "2"', [1, 2]),
        ('"1","2"', [1, 2]),
        (', "1" ,,\t"2" ,', [1, 2]),
        ('"1", W/"2", "3"', [1, 3]),
        ('W/"1"', []),
        ('"of-another-service", "2"', [2]),
        ('"a,b", "2"', [2]),
        ('"1,2"', []),
        ('""', []),
        ('"caf\xe9"', []),
        ('"01", "+1", "1.0", "0", "-1", "*"', []),
        ('"999999999"', [999999999]),
        ('"9999999999"', []),
        ("*", "any"),
        (" * ", "any"),
    ],
)
async def test_strong_tags_that_we_gave_are_wanted_and_no_others(
    serve: Serve, header: str, wanted: list[int] | str
) -> None:
    answer = await ask(serve(router), header)
    assert (answer.status_code, answer.json()) == (200, wanted)


@pytest.mark.parametrize(
    "header",
    [
        "",
        " ",
        ",",
        "1",
        '"1 "',
        '"1',
        '1"',
        '"1" "2"',
        '"1""2"',
        "*, *",
        '"1", *',
        'w/"1"',
        'W/ "1"',
        '"\x7f"',
    ],
)
async def test_an_invalid_list_of_tags_is_refused_with_the_valid_form(
    serve: Serve, header: str
) -> None:
    refused = await ask(serve(router), header)
    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == "invalid_if_match"
    assert "with its quotes" in refused.json()["error"]["message"]


async def test_a_change_without_a_condition_is_refused(serve: Serve) -> None:
    refused = await serve(router).patch("/probes")
    assert refused.status_code == 428
    assert refused.json()["error"]["code"] == "precondition_required"
    assert "Send If-Match" in refused.json()["error"]["message"]


async def test_a_very_long_list_costs_little(serve: Serve) -> None:
    answer = await ask(serve(router), '"1"' + ", " * 30_000 + "x")
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("wanted", "sql"),
    [
        (None, "true"),
        (frozenset({3}), "probe_leaves.version IN (3)"),
        (frozenset[int](), "IN (NULL)"),
    ],
)
def test_the_versions_become_a_demand_of_the_statement(
    wanted: frozenset[int] | None, sql: str
) -> None:
    demand = ExpectedVersions(wanted).matches(Leaf.version)
    written = demand.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
    assert sql in str(written)


def test_a_tag_is_strong_and_quoted() -> None:
    assert make_etag(12) == '"12"'


def test_the_document_keeps_other_declared_response_headers() -> None:
    created = with_etag(with_location(NotFound), status=201)
    assert set(created[201]["headers"]) == {"Location", "ETag"}
    assert "not_found" in str(created[404])
    assert set(with_etag(errors(NotFound))[200]["headers"]) == {"ETag"}


async def test_the_document_names_every_answer_of_a_condition(serve: Serve) -> None:
    document = (await serve(router).get("/openapi.json")).json()
    operation = document["paths"]["/probes"]["patch"]
    assert {"200", "400", "404", "412", "428"} <= set(operation["responses"])
    assert "ETag" in operation["responses"]["200"]["headers"]
    assert "If-Match" in {parameter["name"] for parameter in operation["parameters"]}
