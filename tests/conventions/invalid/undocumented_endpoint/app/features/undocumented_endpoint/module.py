"""The feature, as it plugs in."""

from app.core.module import Module
from app.features.undocumented_endpoint.router import router, untagged

module = Module(
    name="undocumented_endpoint",
    routers=(
        router,
        untagged,
    ),
)
