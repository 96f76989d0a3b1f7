"""The attacks in their order, and the people in them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from proof.attack import contract, forgeries, races, sockets, walk
from proof.attack.people import give_belongings, join, promote
from proof.attack.target import Report, Target
from proof.attack.walk import Cast


@dataclass(frozen=True)
class Attack:
    """One kind of attack.

    Attributes:
        name: Its name in the table and in the threat model.
        start: Runs it.
        needs: The operations that the service must have.
    """

    name: str
    start: Callable[[Target, Report, Cast], Awaitable[None]]
    needs: frozenset[str] = frozenset()


def _needing(*operations: str) -> frozenset[str]:
    return frozenset(operations)


ATTACKS = (
    Attack("every route as nobody", walk.walk_as_nobody),
    Attack("every route as a user", walk.walk_as_user),
    Attack("rows of another user", walk.walk_as_another_user),
    Attack("fields that raise rights", walk.walk_with_extra_fields),
    Attack("hostile input", walk.walk_with_hostile_input),
    Attack("forged payments", forgeries.forge_payments, _needing("receive_paddle_event")),
    Attack("forged mail events", forgeries.forge_mail_events, _needing("take_resend_event")),
    Attack("forged uploads", forgeries.forge_uploads, _needing("take_blob_report")),
    Attack("altered sessions", forgeries.alter_sessions),
    Attack("altered cursors", forgeries.alter_cursors, _needing("create_alert", "list_files")),
    Attack("hosts and origins", forgeries.poison_hosts),
    Attack("a repeated payment", forgeries.repeat_payment, _needing("receive_paddle_event")),
    Attack("one idempotency key", races.race_for_one_key, _needing("create_alert")),
    Attack("one address", races.race_for_one_address, _needing("take_resend_event")),
    Attack("one reset", races.race_to_reset, _needing("take_resend_event")),
    Attack("the last administrator", races.race_to_demote),
    Attack("one version", races.race_with_one_version, _needing("create_alert")),
    Attack("one checkout", races.race_for_one_checkout, _needing("create_checkout")),
    Attack("the end of an account", races.race_with_the_end, _needing("create_alert")),
    Attack("endless requests", sockets.flood),
    Attack("silent connections", sockets.keep_silent),
    Attack("idle connections", sockets.occupy),
    Attack("ambiguous requests", sockets.confuse),
    Attack("generated requests", contract.explore),
)


async def gather_cast(target: Target, report: Report, *, examples: int) -> Cast:
    """Return two users with rows of their own, and an administrator."""
    ada, eve, admin = [await join(target, report, name) for name in ("ada", "eve", "root")]
    await promote(target, admin)
    for person in (ada, eve):
        await give_belongings(target, person, admin=admin)
    return Cast(ada, eve, admin, examples)
