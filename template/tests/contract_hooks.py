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
    if mode is GenerationMode.POSITIVE and KEY in case.headers:
        case.headers[KEY] = str(uuid4())
