"""Review the service: `python -m conventions`."""

import argparse
import sys
from contextlib import redirect_stdout
from pathlib import Path

from conventions.configuration import ConfigurationError, read_configuration
from conventions.reports import REPORTS
from conventions.rules import RULES
from conventions.running import run
from conventions.service import Service
from conventions.tools import Tools

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Review and print; exit 1 when something was found, 2 when a rule failed itself."""
    parser = argparse.ArgumentParser(prog="python -m conventions", description=__doc__)
    parser.add_argument("--format", choices=sorted(REPORTS), default="text")
    options = parser.parse_args()
    try:
        configuration = read_configuration(ROOT, rules=frozenset(rule.id for rule in RULES))
        tools = Tools(ROOT)
        with redirect_stdout(sys.stderr):
            review = run(RULES, Service(ROOT, configuration, tools))
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    print(REPORTS[options.format](review))
    for crash in review.crashes:
        print(crash, file=sys.stderr)
    sys.exit(2 if review.crashes else bool(review.findings))


if __name__ == "__main__":
    main()
