"""The module of digests."""

from app.core.module import Module
from app.features.digest_mails.router import router
from app.features.digest_mails.service import write_digest

module = Module(name="digest_mails", router=router, jobs=(write_digest,))
