"""Import every module of the service in the working folder, and print those that fail.

The service's own Python runs this text: it imports nothing of the program.
"""

import importlib
import sys
from pathlib import Path


def find_failures(root: Path) -> list[str]:
    """Return each module of `app` that cannot be imported, with the reason; run no programs."""
    found: list[str] = []
    for path in sorted((root / "app").rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(parts).removesuffix(".__init__")
        if parts[-1] == "__main__":
            continue
        try:
            importlib.import_module(name)
        except (Exception, SystemExit) as error:  # noqa: BLE001 (a module may raise anything)
            found.append(f"{name}: {type(error).__name__}: {error}")
    return found


if __name__ == "__main__":
    failures = find_failures(Path.cwd())
    print(*failures, sep="\n")
    sys.exit(1 if failures else 0)
