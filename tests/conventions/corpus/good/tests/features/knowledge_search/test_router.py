from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.features.knowledge_search.models import KnowledgeArticle
from tests.conftest import ClientFor

ARTICLES, TERMS = "/api/v1/knowledge-articles", "/api/v1/search-terms"


async def store_article(session: AsyncSession, title: str, text: str) -> None:
    article = KnowledgeArticle(
        slug=title.lower().replace(" ", "-"),
        title=title,
        text=text,
        published_at=datetime.now(UTC),
    )
    session.add(article)
    await session.commit()


async def test_words_are_found_in_every_order(client_for: ClientFor, session: AsyncSession) -> None:
    ada = await client_for("ada@example.com")
    await store_article(session, "Rotate a key", "Create another key before you delete it.")
    for order in ("relevance", "newest", "title"):
        query = {"terms": "creating keys", "order": order}
        found = (await ada.get(ARTICLES, params=query)).json()["data"]
        assert [hit["slug"] for hit in found["hits"]] == ["rotate-a-key"], found


async def test_a_percent_sign_stands_for_itself(
    client_for: ClientFor, session: AsyncSession
) -> None:
    ada = await client_for("ada@example.com")
    await store_article(session, "Why 100% of the disk is used", "Logs.")
    for part, number in (("100%", 1), ("%%", 0)):
        found = await ada.get(f"{ARTICLES}/titles", params={"part": part})
        assert len(found.json()["data"]["titles"]) == number


async def test_terms_are_saved_once(client_for: ClientFor) -> None:
    ada = await client_for("ada@example.com")
    saved = [(await ada.put(TERMS, json={"terms": "rotate"})).json()["data"] for _ in range(2)]
    assert saved[0] == saved[1]
