"""The data of the service's modules: leftovers of a removed module, exports and imports.

    python -m devtools.data leftovers PACKAGE… | --kept NAME   [--rendered FILE] [--ignore PATH]
    python -m devtools.data export NAME… [--to FOLDER]
    python -m devtools.data import FOLDER

The template's program runs these in the service, which knows its own models and database.
`leftovers` prints one JSON object: see `devtools.data.leftovers.Leftovers`.
"""


class DataError(Exception):
    """The data cannot be read or written; the message has the reason and the next step."""
