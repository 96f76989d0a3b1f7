from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.features.site_pages.models import Site, SiteEditor, SitePage
from app.features.site_pages.service import breadcrumb, template_usage
from tests.conftest import AssertQueries, ClientFor

PAGES = "/api/v1/site-pages"
PAGE = {"path": "/about", "title": "About", "text": "We are …"}


async def store_site(session: AsyncSession, editor: str) -> UUID:
    site = Site(domain=f"{editor}.example")
    session.add(site)
    await session.flush()
    user_id = (await session.scalars(select(User.id).where(User.email == editor))).one()
    session.add(SiteEditor(site_id=site.id, user_id=user_id))
    await session.commit()
    return site.id


async def test_editors_create_list_and_delete_pages(
    client_for: ClientFor, session: AsyncSession, assert_queries: AssertQueries
) -> None:
    ada = await client_for("ada@example.com")
    headers = {"X-Site-Id": str(await store_site(session, "ada@example.com"))}
    created = [await ada.post(PAGES, json=PAGE, headers=headers) for _ in range(2)]
    assert [one.status_code for one in created] == [201, 409], created[0].text
    page_id, unknown = created[0].json()["data"]["id"], str(uuid4())
    ids = {"ids": [page_id, unknown]}
    with assert_queries(3):  # the user, the site and the pages
        found = await ada.post(f"{PAGES}/queries", json=ids, headers=headers)
    assert [one["id"] for one in found.json()["data"]["failed"]] == [unknown]
    assert len((await ada.get(PAGES, headers=headers)).json()["data"]) == 1
    deleted = await ada.post(f"{PAGES}/deletions", json=ids, headers=headers)
    assert deleted.json()["data"]["succeeded"] == [{"id": page_id}]
    assert (await ada.get(PAGES, headers=headers)).json()["data"] == []
    assert (await ada.post(PAGES, json=PAGE, headers=headers)).status_code == 201


async def test_the_header_does_not_open_the_sites_of_others(
    client_for: ClientFor, session: AsyncSession
) -> None:
    await client_for("ada@example.com")
    eve = await client_for("eve@example.com")
    headers = {"X-Site-Id": str(await store_site(session, "ada@example.com"))}
    assert (await eve.get(PAGES, headers=headers)).status_code == 404


async def test_an_editor_adds_another(client_for: ClientFor, session: AsyncSession) -> None:
    ada, bob = await client_for("ada@example.com"), await client_for("bob@example.com")
    headers = {"X-Site-Id": str(await store_site(session, "ada@example.com"))}
    statement = select(User.id).where(User.email == "bob@example.com")
    given = {"user_id": str((await session.scalars(statement)).one())}
    for _ in range(2):
        assert (await ada.put(f"{PAGES}/editors", json=given, headers=headers)).status_code == 200
    assert (await bob.get(PAGES, headers=headers)).status_code == 200
    unknown = {"user_id": str(uuid4())}
    refused = await ada.put(f"{PAGES}/editors", json=unknown, headers=headers)
    assert refused.status_code == 404


async def test_templates_are_counted(client_for: ClientFor, session: AsyncSession) -> None:
    await client_for("ada@example.com")
    site_id = await store_site(session, "ada@example.com")
    template = SitePage(site_id=site_id, path="/template", title="Template", text="")
    session.add(template)
    await session.flush()
    session.add(SitePage(site_id=site_id, path="/a", title="A", text="", template_id=template.id))
    await session.flush()
    [row] = await template_usage(session, site_id)
    assert tuple(row) == ("/template", "Template", 1)


def test_a_breadcrumb_leaves_missing_pages_out() -> None:
    titles = {"/": "Home", "/a": "A", "/a/b/c": "C"}
    assert breadcrumb("/a/b/c", titles) == ["Home", "A"]
