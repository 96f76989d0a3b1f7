"""Services of evidence."""

import asyncio
from hashlib import sha256

from app.accounts.owned import OwnerSession
from app.features.claim_evidence.models import EvidencePiece
from app.features.claim_evidence.schemas import EvidenceOut


async def store_evidence(session: OwnerSession, content: bytes) -> EvidenceOut:
    """Store a piece of evidence."""
    digest = await asyncio.to_thread(lambda: sha256(content).hexdigest())
    piece = EvidencePiece(digest=digest, size=len(content))
    session.add(piece)
    await session.flush()
    return EvidenceOut(size=len(content))
