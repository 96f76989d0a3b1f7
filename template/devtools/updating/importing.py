"""Import every module of the service, and print those that fail, each with the reason."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

SERVICE_ROOT = Path(__file__).parents[2]


def find_failures(root: Path = SERVICE_ROOT) -> Iterator[str]:
    """Yield each module of `app` that cannot be imported, with the reason; run no programs."""
    for path in sorted((root / "app").rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(parts).removesuffix(".__init__")
        if parts[-1] == "__main__":
            continue
        try:
            importlib.import_module(name)
        except (Exception, SystemExit) as error:  # noqa: BLE001 (a module may raise anything)
            yield f"{name}: {type(error).__name__}: {error}"


if __name__ == "__main__":
    failures = list(find_failures())
    print(*failures, sep="\n")
    sys.exit(1 if failures else 0)
