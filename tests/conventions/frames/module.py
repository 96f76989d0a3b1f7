"""A module, around an example."""

import asyncio
from pathlib import Path

from starlette.middleware.base import BaseHTTPMiddleware
from starlette.types import Receive, Scope, Send

TERMS = Path("terms.txt")


EXAMPLE  # frame
