"""What schemathesis cannot know of the API: an idempotency key stands for one request."""

from typing import Any
from uuid import uuid4

import schemathesis
from schemathesis import Case, GenerationMode, HookContext

KEY = "idempotency-key"


@schemathesis.hook
def before_call(_context: HookContext, case: Case[Any], _kwargs: dict[str, Any]) -> None:
    """Give a request that should succeed a key of its own; wrong ones stay as they are."""
    mode = case.meta.generation.mode if case.meta else None
    if mode is not GenerationMode.POSITIVE:
        return
    if KEY in case.headers:
        case.headers[KEY] = str(uuid4())
    if isinstance(case.body, dict) and isinstance(email := case.body.get("email"), str):
        # The published pattern cannot express that at most 64 characters are before the @.
        local, _, domain = email.rpartition("@")
        case.body["email"] = f"{local[:64].rstrip('.')}@{domain}"
