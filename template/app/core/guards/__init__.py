"""Protection that a route declares: rate limits, idempotency keys; and locks across processes.

    from app.core.guards import Idempotent, RateLimit

    @router.post("", dependencies=[Depends(RateLimit("10/minute")), Depends(Idempotent())])

Each module of this package begins with an example.
"""

from app.core.guards.idempotency import Idempotent
from app.core.guards.locks import LockLost, LockUnavailable, lock
from app.core.guards.rate_limit import NoRateLimit, RateLimit, RateLimited, client_key

__all__ = [
    "Idempotent",
    "LockLost",
    "LockUnavailable",
    "NoRateLimit",
    "RateLimit",
    "RateLimited",
    "client_key",
    "lock",
]
