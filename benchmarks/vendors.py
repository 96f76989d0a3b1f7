"""Latency of database reads while a vendor hangs: `python -m benchmarks.vendors`."""

from pathlib import Path

from benchmarks.in_service import measure_in_service


def main() -> None:
    """Generate a service and measure it."""
    measure_in_service(Path(__file__).with_name("vendor_app.py"), answers={})


if __name__ == "__main__":
    main()
