"""The document is complete and valid, and its page needs no other host."""

import re
from typing import Any

import httpx2
import pytest
from fastapi import APIRouter, Depends, FastAPI
from openapi_spec_validator import OpenAPIV31SpecValidator

from app.accounts.models import Role
from app.core.api import Envelope, RequestModel, ResponseModel, Router, ShortText, errors
from app.core.api.application import check_operation_ids
from app.core.errors import Conflict, NotFound
from app.core.guards import Idempotent
from app.main import create_app
from app.settings import ApiDocs, Environment, Settings
from tests.conftest import ClientFor
from tests.core.conftest import Serve

ENVELOPE = {"$ref": "#/components/schemas/ErrorEnvelope"}


class NoteMissing(NotFound):
    """There is no note of this name."""

    code = "note_missing"


class NoteBusy(Conflict):
    """Another user writes this note.

    Only the first line is shown.
    """

    code = "note_busy"


class NoteFull(Conflict):
    """The note is full."""

    code = "note_full"


class Note(RequestModel):
    title: ShortText


class NoteOut(ResponseModel):
    title: str


def notes_router() -> APIRouter:
    router = APIRouter(prefix="/notes", tags=["notes"])

    @router.put(
        "/{number}",
        response_model=Envelope[NoteOut],
        responses=errors(NoteMissing, NoteBusy, NoteFull),
    )
    async def write_note(number: int, note: Note) -> Envelope[NoteOut]:
        """Write a note."""
        return Envelope(data=NoteOut(title=f"{number} {note.title}"))

    @router.delete("", status_code=204)
    async def delete_notes() -> None:
        """Delete all notes."""

    return router


@pytest.fixture
def document(bare_settings: Settings) -> dict[str, Any]:
    app = create_app(bare_settings)
    app.include_router(notes_router())
    return app.openapi()


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    paths = document["paths"].values()
    return {part["operationId"]: part for path in paths for part in path.values()}


def examples(document: dict[str, Any], operation_id: str, status: str) -> dict[str, Any]:
    content = operations(document)[operation_id]["responses"][status]["content"]
    assert content["application/json"]["schema"] == ENVELOPE
    found: dict[str, Any] = content["application/json"]["examples"]
    return found


def test_the_document_is_valid_openapi_31(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_the_document_is_the_same_when_asked_twice(bare_settings: Settings) -> None:
    app = create_app(bare_settings)
    assert repr(app.openapi()) == repr(app.openapi())


def test_every_operation_has_words_a_tag_and_an_id(bare_settings: Settings) -> None:
    for name, operation in operations(create_app(bare_settings).openapi()).items():
        for part in ("summary", "description", "tags", "operationId"):
            assert operation.get(part), f"{name} has no {part}"


def test_every_success_of_the_service_has_an_example(bare_settings: Settings) -> None:
    document = create_app(bare_settings).openapi()
    for name, operation in operations(document).items():
        for status, response in operation["responses"].items():
            if status.startswith("2") and "application/json" in response.get("content", {}):
                schema = response["content"]["application/json"]["schema"]
                assert has_examples(schema, document), f"{name} {status}"


def has_examples(schema: dict[str, Any], document: dict[str, Any]) -> bool:
    if "$ref" in schema:
        return has_examples(document["components"]["schemas"][schema["$ref"][21:]], document)
    if "examples" in schema or "example" in schema:
        return True
    parts = [*schema.get("properties", {}).values(), *schema.get("anyOf", [])]
    parts += [schema["items"]] if "items" in schema else []
    return bool(parts) and all(has_examples(part, document) for part in parts)


def test_every_operation_names_the_errors_that_all_can_have(document: dict[str, Any]) -> None:
    for name in operations(document):
        assert "internal_error" in examples(document, name, "500")
        assert "unavailable" in examples(document, name, "503")


def test_every_error_of_every_operation_has_the_error_envelope(document: dict[str, Any]) -> None:
    for name, operation in operations(document).items():
        for status in operation["responses"]:
            if status >= "400":
                assert examples(document, name, status)


def test_an_operation_with_a_body_documents_its_errors(
    document: dict[str, Any],
) -> None:
    assert set(operations(document)["write_note"]["responses"]) == {
        *("200", "400", "404", "408", "409", "413", "415", "422", "500", "503")
    }
    assert set(operations(document)["delete_notes"]["responses"]) == {"204", "500", "503"}


def test_declared_errors_of_one_status_are_named_together(document: dict[str, Any]) -> None:
    assert set(examples(document, "write_note", "409")) == {"note_busy", "note_full"}
    response = operations(document)["write_note"]["responses"]["409"]
    assert response["description"] == "Another user writes this note. The note is full."


def test_an_operation_keeps_its_own_error_beside_the_common_one(document: dict[str, Any]) -> None:
    assert set(examples(document, "read_readiness", "503")) == {"unavailable", "not_ready"}


def test_nothing_is_left_of_the_errors_of_the_framework(document: dict[str, Any]) -> None:
    assert "ValidationError" not in str(document)


def test_two_endpoints_of_one_name_are_refused() -> None:
    app, outer = FastAPI(), APIRouter(prefix="/v2")
    app.include_router(notes_router())
    check_operation_ids(app)
    outer.include_router(notes_router())
    app.include_router(outer)
    with pytest.raises(ValueError, match=r"'write_note', at /notes/\{number\} and /v2/notes"):
        check_operation_ids(app)


@pytest.mark.parametrize("root", ["", "/behind/a/proxy"])
async def test_the_page_of_the_documentation_names_only_paths_of_its_own(
    serve: Serve, root: str
) -> None:
    client = serve(root_path=root)
    page = await client.get(f"{root}/docs")
    assert page.status_code == 200
    addresses = re.findall(r"(?:src|href)=\"([^\"]+)\"|url: '([^']+)'", page.text)
    paths = [first or second for first, second in addresses]
    assert len(paths) >= 4
    for path in paths:
        assert path.startswith(f"{root}/")
        answer: httpx2.Response = await client.get(path)
        assert (answer.status_code, bool(answer.content)) == (200, True)
    assert "//" not in re.sub(r"<!--.*?-->", "", page.text.replace("</", ""))


async def test_a_missing_asset_is_404(serve: Serve) -> None:
    answer = await serve().get("/docs/assets/../../main.py")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


async def test_the_document_and_its_page_can_be_switched_off(serve: Serve) -> None:
    client = serve(api_docs=ApiDocs.OFF)
    for path in ("/docs", "/openapi.json", "/docs/assets/swagger-ui.css"):
        assert (await client.get(path)).status_code == 404


async def test_the_document_can_be_for_administrators(
    app: FastAPI, client_for: ClientFor, settings: Settings
) -> None:
    assert app  # provides the settings of accounts
    protected = create_app(settings.model_copy(update={"api_docs": ApiDocs.ADMIN}))
    statuses: dict[Role, int] = {}
    page = ""
    for role in Role:
        user = await client_for(f"{role}@example.com", role=role)
        transport = httpx2.ASGITransport(protected)
        async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
            assert (await client.get("/openapi.json")).status_code == 401
            page = (await client.get("/docs")).text
            token = {"Authorization": user.headers["Authorization"]}
            statuses[role] = (await client.get("/openapi.json", headers=token)).status_code
    assert statuses == {Role.USER: 403, Role.ADMIN: 200}
    assert "Token of an administrator" in page


@pytest.mark.parametrize("root", ["", "/prefix"])
async def test_in_development_the_root_leads_to_the_documentation(serve: Serve, root: str) -> None:
    client = serve(environment=Environment.DEVELOPMENT, root_path=root)
    assert (await client.get(f"{root}/")).headers["location"] == f"{root}/docs"
    assert (await serve().get("/")).status_code == 404


async def test_behind_a_path_prefix_the_document_names_it(serve: Serve) -> None:
    document = (await serve(root_path="/prefix").get("/prefix/openapi.json")).json()
    assert document["servers"] == [{"url": "/prefix"}]


def test_a_required_idempotency_key_is_required_in_the_document(bare_settings: Settings) -> None:
    router = Router(prefix="/probes", tags=["probes"])
    for name, required in (("strict", True), ("lenient", False)):

        @router.post(f"/{name}", name=name, dependencies=[Depends(Idempotent(required=required))])
        async def create_probe() -> None: ...

    app = create_app(bare_settings)
    app.include_router(router)
    paths = app.openapi()["paths"]
    strict, lenient = (
        paths[f"/probes/{name}"]["post"]["parameters"][0] for name in ("strict", "lenient")
    )
    assert (strict["name"], strict["required"]) == ("idempotency-key", True)
    assert strict["schema"]["type"] == "string"
    assert "anyOf" not in strict["schema"]
    assert not lenient["required"]
