"""The cost of authentication, rate limits and idempotency keys: `python -m benchmarks.guards`.

Each is a route with the guard, measured in turns with the same route without it. `guarded_app.py`
runs in a generated service, on its own PostgreSQL and Valkey, with no network before the service.
"""

from pathlib import Path

from benchmarks.in_service import measure_in_service

MEASURES = Path(__file__).with_name("guarded_app.py")


def main() -> None:
    """Generate a service with Redis and measure it."""
    measure_in_service(MEASURES, answers={"redis": True})


if __name__ == "__main__":
    main()
