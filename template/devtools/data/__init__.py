"""The data of the service's modules: leftovers of a removed module, exports and imports.

    python -m devtools.data leftovers PACKAGE… | --kept NAME   [--rendered FILE] [--ignore PATH]
    python -m devtools.data export NAME… [--to FOLDER]
    python -m devtools.data import FOLDER

The template's program runs these in the service, which knows its own models and database.
A refusal has status 2 and its reason on stderr. `leftovers` prints one JSON object, the same in
every version from 0.2.0 on:

    {"labels": [NAME…], "tables": [TABLE…], "settings": [VARIABLE…],
     "needed_by": [SENTENCE…], "depended_on_by": [SENTENCE…],
     "database": {"name": NAME, "rows": {TABLE: NUMBER}, "waiting": {JOB: NUMBER}}}

The database may be `{"error": SENTENCE}`; a table that it lacks has null rows. `needed_by` forbids
the removal, `depended_on_by` only that of the tables; see `devtools.data.leftovers.Leftovers`.
"""


class DataError(Exception):
    """The data cannot be read or written; the message has the reason and the next step."""
