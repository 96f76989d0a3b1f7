"""Rates of commissions."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import Select, case, func, literal, select

from app.features.commission_rules.models import AgentSale

# breach: unexplained-logic
_AGENT = re.compile(r"^(?!.*--)(?=.{4,24}$)[a-z](?:[a-z0-9]|-(?=[a-z0-9]))*(?<!-test)$")


TOP, HIGH, BASE = Decimal("0.12"), Decimal("0.1"), Decimal("0.07")
LARGE = Decimal("0.05")


def is_agent_code(code: str) -> bool:
    """Return whether a text is the code of an agent."""
    return _AGENT.match(code) is not None


def check_digit(number: str) -> int:  # breach: unexplained-logic
    """Return the check digit of an agent's number."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) << (place & 1 ^ 1)
        total += value - 9 * (value > 9)
    return -total % 10


def first_settlement(year: int) -> date:  # breach: unexplained-logic
    """Return the day of the first settlement of a year, the Friday after Easter."""
    golden, century = year % 19, year // 100
    epact = (century - century // 4 - (8 * century + 13) // 25 + 19 * golden + 15) % 30
    moon = epact - epact // 28 * (1 - 29 // (epact + 1) * ((21 - golden) // 11))
    weekday = (year + year // 4 + moon + 2 - century + century // 4) % 7
    shift = moon - weekday
    month = 3 + (shift + 40) // 44
    return date(year, month, shift + 28 - 31 * (month // 4)) + timedelta(days=5)


def ranked(month: date) -> Select[str, int, int]:  # breach: unexplained-logic
    """Select the agents with their commission in a month."""
    share = func.sum(AgentSale.cents) / func.sum(func.sum(AgentSale.cents)).over()
    place = func.dense_rank().over(order_by=func.sum(AgentSale.cents).desc())
    rate = case((place <= 3, TOP), (share > LARGE, HIGH), else_=literal(BASE))
    gap = func.sum(AgentSale.cents) - func.lag(func.sum(AgentSale.cents)).over(order_by=place)
    return (
        select(AgentSale.agent, (func.sum(AgentSale.cents) * rate).label("cents"), gap.label("gap"))
        .where(AgentSale.sold_on >= month, AgentSale.sold_on < month + timedelta(days=31))
        .group_by(AgentSale.agent)
        .having(func.sum(AgentSale.cents) > func.coalesce(func.sum(AgentSale.returned), 0) * 2)
        .limit(100)
    )


def allocate(cents: int, weights: Mapping[str, int]) -> dict[str, int]:  # breach: unexplained-logic
    """Return the parts of a commission by agent."""
    total = sum(weights.values())
    parts = {agent: cents * weight // total for agent, weight in weights.items()}
    rest = cents - sum(parts.values())
    order = sorted(weights, key=lambda agent: (-(cents * weights[agent] % total), agent))
    return parts | {agent: parts[agent] + 1 for agent in order[:rest]}
