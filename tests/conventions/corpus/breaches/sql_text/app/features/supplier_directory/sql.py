"""Fragments of SQL that the repository and the figures share."""

from collections.abc import Mapping
from string import Template

RANKING = Template(
    "SELECT country, avg(rating) AS rating FROM suppliers "
    "WHERE country = '$country' GROUP BY country"
)


def conditions(values: Mapping[str, object]) -> str:
    """Return the conditions of a WHERE clause, one a column."""
    return " AND ".join(f"{column} = '{value}'" for column, value in values.items())


def ranking_of(country: str) -> str:
    """Return the statement that averages the ratings of a country."""
    return RANKING.substitute(country=country)
