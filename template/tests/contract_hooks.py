"""Hooks for schemathesis: each valid request gets an idempotency key of its own."""

from typing import Any
from uuid import uuid4

import schemathesis
from schemathesis import Case, GenerationMode, HookContext

KEY = "idempotency-key"


@schemathesis.hook
def before_call(_context: HookContext, case: Case[Any], _kwargs: dict[str, Any]) -> None:
    """Replace the key of a valid request by a new one; leave invalid keys unchanged."""
    mode = case.meta.generation.mode if case.meta else None
    if mode is not GenerationMode.POSITIVE:
        return
    if KEY in case.headers:
        case.headers[KEY] = str(uuid4())
    if isinstance(case.body, dict) and isinstance(email := case.body.get("email"), str):
        # The published pattern cannot express that at most 64 characters are before the @.
        local, _, domain = email.rpartition("@")
        case.body["email"] = f"{local[:64].rstrip('.')}@{domain}"
