"""What this feature plugs into the service."""

from app.core.module import Module
from app.features.market_data import router

module = Module(
    name="market_data",
    routers=(
        router.symbols_router,
        router.candles_router,
        router.queries_router,
        router.imports_router,
        router.alerts_router,
        router.alert_batches_router,
        router.alert_deletions_router,
    ),
)
