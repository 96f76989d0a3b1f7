"""Throughput of webhooks, relative to plain inserts: `python -m benchmarks.webhooks`.

`received_webhooks.py` runs in a generated service on its own PostgreSQL; no network is before it.
"""

from pathlib import Path

from benchmarks.in_service import measure_in_service

MEASURES = Path(__file__).with_name("received_webhooks.py")


def main() -> None:
    """Generate a service with Paddle and measure it."""
    settings = {
        "PADDLE_API_KEY": "for measuring only",
        "PADDLE_WEBHOOK_SECRET": "for measuring only",
    }
    measure_in_service(MEASURES, answers={"example": "none", "paddle": True}, settings=settings)


if __name__ == "__main__":
    main()
