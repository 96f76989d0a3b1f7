"""The parts of a service that a review could not look at: files, and rules that need the rest."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from conventions.findings import Violation

NOT_IMPORTED = "the service cannot be imported"

Place = tuple[str, int]


class Gaps:
    """Collects the errors of loading a service, and the rules that did not run because of them.

    Attributes:
        errors: The errors, each at its place, once.
    """

    def __init__(self) -> None:
        self.errors: list[Violation] = []
        self._unread: list[str] = []
        self._places: dict[str, Place] = {}
        self._rules: dict[str, list[str]] = defaultdict(list)

    def add_error(self, path: str, line: int, message: str) -> None:
        """Record an error; of two at one place, the first."""
        if not any((error.path, error.line) == (path, line) for error in self.errors):
            text = " ".join(message.split())
            self.errors.append(Violation(path=path, line=line, message=text))

    def add_unread(self, path: str, line: int, message: str) -> None:
        """Record a file that no rule can read."""
        self._unread.append(path)
        self.add_error(path, line, f"{message}; no rule has looked at this file")

    def add_failed(self, problem: str, place: Place, error: BaseException) -> None:
        """Record that a part of the service cannot be loaded."""
        self._places[problem] = place
        self.add_error(*place, f"{problem}: {type(error).__name__}: {error}")

    def has(self, problem: str) -> bool:
        """Return whether a part is known to fail."""
        return problem in self._places

    def leave_out(self, rules: Iterable[str], *, because: str) -> None:
        """Record rules that did not run because of a problem."""
        self._rules[because] += rules

    def explained(self) -> Iterator[Violation]:
        """Yield the errors, each with the rules that did not run because of it."""
        for error in self.errors:
            at_place = [
                rule
                for problem, rules in self._rules.items()
                if self._place_of(problem) == (error.path, error.line)
                for rule in rules
            ]
            named = f"; these rules did not run: {', '.join(at_place)}" if at_place else ""
            yield replace(error, message=error.message + named)

    def summary(self) -> list[str]:
        """Return one line per problem, with the rules and files that it left out."""
        unread = [f"files that cannot be read: {', '.join(self._unread)}"] if self._unread else []
        return [
            *unread,
            *(
                f"{problem}, so these rules did not run: {', '.join(rules)}"
                for problem, rules in self._rules.items()
            ),
        ]

    def _place_of(self, problem: str) -> Place | None:
        """Return the place of a problem; of one without, that of the first error."""
        first = [(error.path, error.line) for error in self.errors[:1]]
        return self._places.get(problem) or next(iter(first), None)
