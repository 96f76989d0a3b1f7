"""Tables of the names that a release changed."""

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

NEWEST = Path(__file__).with_name("renames-0.2.0.toml")


@dataclass(frozen=True)
class Renames:
    """One release's renames.

    Attributes:
        modules: Dotted paths of modules, before and now.
        packages: The package that exports a name, by name. Code outside of `app.core` imports the
            name from there.
        words: Unambiguous identifiers, error codes and log events, before and now.
        imported: Names that are ordinary words too, or that moved alone, by their dotted path
            before; a value with dots is a path too. They are renamed where they are imported from
            there, and nowhere else.
        methods: Methods of objects that modules had, by their dotted path before, and the function
            that replaces each.
        keywords: Keyword arguments, by the dotted path of the callable before.
        dropped: Functions that no longer take their first argument.
    """

    modules: Mapping[str, str]
    packages: Mapping[str, str]
    words: Mapping[str, str]
    imported: Mapping[str, str]
    methods: Mapping[str, str]
    keywords: Mapping[str, str]
    dropped: Collection[str]

    @property
    def paths(self) -> dict[str, str]:
        """The files of the modules and of their tests, before and now."""
        both = (_file_of, _test_of)
        return {of(old): of(new) for old, new in self.modules.items() for of in both}

    @classmethod
    def load(cls, path: Path = NEWEST) -> "Renames":
        """Read a table.

        Args:
            path: A TOML file with a table for each attribute.
        """
        table = tomllib.loads(path.read_text("utf-8"))
        exported = table.pop("public").items()
        packages = {name: package for package, names in exported for name in names.split()}
        return cls(packages=packages, **table)

    def place_of(self, module: str, name: str) -> tuple[str, str]:
        """Return the module that has a name now, and the name there.

        Args:
            module: The module that had it.
            name: The name that it had there.
        """
        now = self.imported.get(f"{module}.{name}") or self.words.get(name, name)
        place, _, last = now.rpartition(".")
        return place or self.modules.get(module, module), last

    def methods_of(self, dotted: str) -> dict[str, str]:
        """Return the functions, by their dotted path, that replace methods of an object."""
        return {
            path.rpartition(".")[2]: function
            for path, function in self.methods.items()
            if path.rpartition(".")[0] == dotted
        }

    def attribute(self, module: str, name: str) -> str | None:
        """Return the new name of a module's attribute that is an ordinary word, if it has one."""
        is_renamed = f"{module}.{name}" in self.imported
        return self.place_of(module, name)[1] if is_renamed else None

    def package_of(self, name: str, module: str) -> str | None:
        """Return the package that exports a name of a module, if one does.

        Args:
            name: The name as it is now.
            module: The module as it is now.
        """
        package = self.packages.get(name)
        return package if package and f"{module}.".startswith(f"{package}.") else None

    def replace_paths(self, text: str) -> str:
        """Replace dotted paths, and the paths of files and their tests."""
        for pattern, replacement in self._path_patterns:
            text = pattern.sub(replacement, text)
        return text

    def replace_words(self, text: str) -> str:
        """Replace the unambiguous names."""
        return self._word_pattern.sub(lambda match: self.words[match[0]], text)

    @cached_property
    def _path_patterns(self) -> list[tuple[re.Pattern[str], str]]:
        patterns: list[tuple[re.Pattern[str], str]] = []
        for before in self.imported:
            module, _, name = before.rpartition(".")
            now = ".".join(self.place_of(module, name))
            patterns.append((re.compile(rf"(?<![\w.]){re.escape(before)}(?!\w)"), now))
        for before, now in self.modules.items():
            patterns.append((re.compile(rf"(?<![\w.]){re.escape(before)}(?!\w)"), now))
            for path_of in (_file_of, _test_of):
                path = re.compile(rf"(?<![\w/]){re.escape(path_of(before))}\b")
                patterns.append((path, path_of(now)))
        return patterns

    @cached_property
    def _word_pattern(self) -> re.Pattern[str]:
        return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, self.words))})(?!\w)")


def _file_of(module: str) -> str:
    return f"{module.replace('.', '/')}.py"


def _test_of(module: str) -> str:
    *folders, name = module.split(".")[1:]
    return "/".join(["tests", *folders, f"test_{name}.py"])
