"""Peak memory of uploads from 1 MB to 1 GB: `python -m benchmarks.uploads`.

`upload_app.py` runs in a generated service, on its own PostgreSQL and the stand-in for Vercel Blob,
each in a process of its own; measured is the peak of the service's process.
"""

from pathlib import Path

from benchmarks.in_service import measure_in_service

MEASURES = Path(__file__).with_name("upload_app.py")


def main() -> None:
    """Generate a service with Blob and measure it."""
    measure_in_service(MEASURES, answers={"blob": True})


if __name__ == "__main__":
    main()
