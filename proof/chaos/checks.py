"""The comparison of the ledger with the truth, one function for each kind of data."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable

from proof.chaos.ledger import AFTERWARDS, Write
from proof.chaos.truth import Truth

CONFIRM, WELCOME = "Verify your address", "Welcome to"
BATCH = 3


def check_alerts(truth: Truth) -> None:
    """Each acknowledged alert is there once, in its last version, and no other is there."""
    rows = defaultdict(list)
    for row in truth.rows["alerts"]:
        rows[row["marker"]].append(row)
    for write in truth.ledger.of("alert", "batch"):
        found, is_deleted = rows.pop(write.marker, []), write.facts.get("is_deleted", False)
        if len(found) > 1:
            _find(truth, "doubled", write, f"is there {len(found)} times")
        elif found and (is_deleted or found[0]["owner"] != write.owner):
            _find(truth, "lost", write, "was deleted and is there, or belongs to another user")
        elif not found and write.acknowledged and is_deleted is False:
            _find(truth, "lost", write, "is not there")
        elif found and write.kind == "alert":
            _check_version(truth, write, found[0])
    for marker in rows:
        truth.ledger.find("doubled", f"nobody asked for alert {marker}", phase=AFTERWARDS)


def _check_version(truth: Truth, write: Write, row: dict[str, int]) -> None:
    known = write.facts.get("version", 1)
    unclear = {known, known + 1}  # A last change may have been made without a response.
    if row["version"] < known:
        _find(truth, "lost", write, f"has version {row['version']} instead of {known}")
    elif row["version"] not in unclear:
        _find(truth, "doubled", write, f"has version {row['version']} instead of {known}")
    elif row["version"] != row["changes"]:
        _find(truth, "half done", write, f"version {row['version']} has change {row['changes']}")


def check_batches(truth: Truth) -> None:
    """A batch is there as a whole, or not at all."""
    stored = {row["marker"] for row in truth.rows["alerts"]}
    for write in truth.ledger.of("batch"):
        batch = write.facts["batch"]
        if write.marker == batch[0] and len(stored & set(batch)) not in {0, BATCH}:
            _find(truth, "half done", write, f"has {len(stored & set(batch))} of {BATCH} alerts")


def check_files(truth: Truth) -> None:
    """Each acknowledged file has its row and its content, and the sum of all sizes is right."""
    blobs, rows = truth.vendors["blob"]["files"], truth.rows["files"]
    by_name = Counter(row["name"] for row in rows if row["state"] == "stored")
    for write in truth.ledger.of("file"):
        if write.acknowledged and by_name[write.facts["name"]] != 1:
            column = "doubled" if by_name[write.facts["name"]] else "lost"
            _find(truth, column, write, f"has {by_name[write.facts['name']]} rows")
    for row in rows:
        if row["state"] == "stored" and blobs.get(row["pathname"]) != row["size"]:
            text = f"the file {row['name']} has a row, and no content of its size"
            truth.ledger.find("half done", text, phase=AFTERWARDS)
    for pathname in blobs.keys() - {row["pathname"] for row in rows}:
        truth.ledger.find("half done", f"the content {pathname} has no row", phase=AFTERWARDS)
    for row in truth.rows["usage"]:
        if row["used_bytes"] != row["stored"]:
            text = f"{row['holder']} uses {row['stored']} bytes, counted are {row['used_bytes']}"
            truth.ledger.find("half done", text, phase=AFTERWARDS)


def check_accounts(truth: Truth) -> None:
    """Each acknowledged sign-up, confirmation and log-in has its row."""
    verified = {row["email"]: row["is_verified"] for row in truth.rows["users"]}
    sessions = Counter(row["email"] for row in truth.rows["sessions"])
    for write in truth.ledger.of("sign-up", "confirmation", "log-in"):
        is_there = {
            "sign-up": write.owner in verified,
            "confirmation": bool(verified.get(write.owner)),
            "log-in": sessions[write.owner] > 0,
        }
        if write.acknowledged and not is_there[write.kind]:
            _find(truth, "lost", write, "is not there")


def check_mails(truth: Truth) -> None:
    """Each sign-up and each confirmed account has its mail, once."""
    sent = Counter(
        (_first(mail["to"]), mail["subject"]) for mail in truth.vendors["resend"]["mails"]
    )
    confirmations, welcomes = _by_address(sent, CONFIRM), _by_address(sent, WELCOME)
    for write in truth.ledger.of("sign-up"):
        mails = confirmations[write.owner]
        if mails > write.attempts:
            _find(truth, "doubled", write, f"{mails} mails for {write.attempts} requests")
        if write.acknowledged and not mails and not truth.has_late_mails:
            _find(truth, "half done", write, "no mail, and no job that will send it")
    for row in truth.rows["users"]:
        mails = welcomes[row["email"]]
        if mails > 1:
            truth.ledger.find("doubled", f"{mails} welcomes to {row['email']}", phase=AFTERWARDS)
        if row["is_verified"] and not mails and not truth.has_late_mails:
            text = f"no welcome to {row['email']}, and no job that will send it"
            truth.ledger.find("half done", text, phase=AFTERWARDS)
    _check_records(truth)


def _check_records(truth: Truth) -> None:
    """Each mail has one record, and each record its mail."""
    tags = Counter(
        tag["value"] for mail in truth.vendors["resend"]["mails"] for tag in mail["tags"]
    )
    records = {row["id"]: row for row in truth.rows["mails"]}
    for tag, mails in tags.items():
        if mails > 1:
            truth.ledger.find("doubled", f"the mail {tag} was sent {mails} times", phase=AFTERWARDS)
        if tag not in records:
            truth.ledger.find("half done", f"the mail {tag} has no record", phase=AFTERWARDS)
    for row in records.values() if not truth.has_late_mails else ():
        if row["id"] not in tags:
            text = f"the record of the {row['kind']} to {row['address']} has no mail"
            truth.ledger.find("half done", text, phase=AFTERWARDS)


def check_payments(truth: Truth) -> None:
    """Each payment was made once, and gave its user a subscription."""
    things = truth.vendors["paddle"]["things"]
    paid = Counter(
        things[one["customer_id"]]["email"]
        for key, one in things.items()
        if key.startswith("txn_") and one["status"] == "completed"
    )
    owned = Counter(
        row["email"] for row in truth.rows["subscriptions"] if row["status"] == "active"
    )
    for write in truth.ledger.of("payment"):
        if write.acknowledged and not paid[write.owner]:
            _find(truth, "lost", write, "is unknown to the vendor")
        if paid[write.owner] > 1 or owned[write.owner] > 1:
            _find(truth, "doubled", write, f"was made {paid[write.owner]} times")
        if paid[write.owner] and not owned[write.owner]:
            _find(truth, "half done", write, "gave no subscription")
    for owner, transactions in _checkouts(truth).items():
        if len(transactions) > 1:
            truth.ledger.find("doubled", f"{owner} got {transactions}", phase=AFTERWARDS)


def _checkouts(truth: Truth) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for write in truth.ledger.of("checkout"):
        if write.acknowledged:
            found[write.owner].add(write.facts["transaction"])
    return found


def check_events(truth: Truth) -> None:
    """Each event that the service acknowledged to a vendor is stored."""
    for vendor in ("paddle", "resend"):
        stored = {row["id"] for row in truth.rows[f"{vendor}_events"]}
        for event in set(truth.vendors[vendor]["acknowledged"]) - stored:
            truth.ledger.find("lost", f"the event {event} of {vendor}", phase=AFTERWARDS)


def check_jobs(truth: Truth) -> None:
    """No job has failed for good."""
    for job in truth.rows["jobs"]:
        if job["state"] == "dead":
            text = f"the job {job['name']} is dead: {job['error']}"
            truth.ledger.find("half done", text, phase=AFTERWARDS)


CHECKS: tuple[Callable[[Truth], None], ...] = (
    check_alerts,
    check_batches,
    check_files,
    check_accounts,
    check_mails,
    check_payments,
    check_events,
    check_jobs,
)


def _find(truth: Truth, column: str, write: Write, text: str) -> None:
    truth.ledger.find(
        column, f"{write.kind} {write.marker} of {write.owner} {text}", phase=write.phase
    )


def _by_address(sent: Counter[tuple[str, str]], subject: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for (address, about), mails in sent.items():
        found[address] += mails if about.startswith(subject) else 0
    return found


def _first(addresses: Iterable[str]) -> str:
    return next(iter(addresses))
