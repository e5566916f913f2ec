"""A patient erased for good: two administrators, every row and text, and an audit event that names them by digest.

One administrator asks, another confirms; either takes it back before. The rows of the patient are left out of a new
file (`rewriting`), texts elsewhere that name the patient lose the name, and the events that wrote those rows keep
their own digests, so that the chain, the anchor and a head kept elsewhere still hold. What is missing since is named
by digest in the event of the erasure, and `verify` finds everything else that is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from registry import sql
from registry.errors import NotPermitted, Refused, Usage
from registry.roles import Action, Actor, Permission, readable_sites
from registry.store import audit
from registry.store.copies import Copy, copies_with
from registry.store.database import Database
from registry.store.erased_rows import Taken
from registry.store.pseudonym import Names
from registry.wording import page_day

SUBJECT = "a patient"
"""What the event of an erasure names: never whom."""


@dataclass(frozen=True)
class Request:
    """A wish to erase a patient that waits for a second administrator; `asked_at` in UTC."""

    patient_id: str
    site: str | None
    asked_by: str
    asked_at: datetime
    reason: str
    change_seq: int


@dataclass(frozen=True)
class Erasure:
    """What an erasure did: how many rows went from which table, the copies that remain, and its audit event.

    `texts` are rows and events of which a text went. `searched` is False where the pseudonym is too short a number
    to be told from others, so that texts about other patients were not searched for it.
    """

    seq: int
    rows: Mapping[str, int]
    texts: int
    copies: tuple[Copy, ...]
    searched: bool

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "seq": self.seq,
            "rows": dict(self.rows),
            "texts": self.texts,
            "searched": self.searched,
            "copies": [{"file": one.file, "holds": one.holds} for one in self.copies],
        }


def requests(db: Database, actor: Actor) -> list[Request]:
    """The erasures that wait for a second administrator, where `actor` may erase; the oldest first.

    Raises NotPermitted for who may erase nowhere.
    """
    sites = readable_sites(actor, Permission.ERASE)
    rows = [Request(*row) for row in db.rows(sql.text("queries/erasure_requests"), [None])]
    return [one for one in rows if sites is None or one.site in sites]


def ask_or_erase(db: Database, actor: Actor, patient_id: str, reason: str) -> Request | Erasure:
    """Ask that a patient is erased; where an administrator has asked already, erase: `ask`, or `confirm`."""
    _patient(db, actor, patient_id)
    if _waiting(db.rows, patient_id) is None:
        return ask(db, actor, patient_id, reason)
    return confirm(db, actor, patient_id, reason)


def ask(db: Database, actor: Actor, patient_id: str, reason: str) -> Request:
    """Ask that a patient is erased; another administrator confirms it.

    The reason stays for good, so it names nobody. Raises Usage without a patient or a reason, Refused where somebody
    asked already or where the reason names the patient, NotPermitted.
    """
    key, site = _patient(db, actor, patient_id)
    reason = _nameless(db, patient_id, reason)
    waiting = _waiting(db.rows, patient_id)
    if waiting is not None:
        raise Refused(
            f"{waiting.asked_by} asked already that this patient is erased. It waits to be confirmed."
        )
    with db.change(actor, Action.ASK_ERASURE, patient_id, site=site, reason=reason) as change:
        asked = Request(patient_id, site, actor.name, db.now(), reason, change.seq)
        change.execute(
            "INSERT INTO erasure_request VALUES ($1, $2, $3, $4, $5)",
            [key, asked.asked_by, asked.asked_at, asked.reason, asked.change_seq],
        )
    return asked


def confirm(db: Database, actor: Actor, patient_id: str, reason: str) -> Erasure:
    """Erase a patient, as another administrator asked. Nothing brings the patient back.

    Raises Refused where nobody else asked, or who asked is no administrator any more; as `ask`, and what
    `Database.rewriting` raises.
    """
    _, site = _patient(db, actor, patient_id)
    reason = _nameless(db, patient_id, reason)
    waiting = _waiting(db.rows, patient_id)
    if waiting is None:
        raise Refused("Nobody has asked that this patient is erased.")
    if waiting.asked_by == actor.name:
        raise Refused(
            f"You asked on {page_day(waiting.asked_at.date())} that this patient is erased. Another administrator "
            "confirms it, or either of you takes it back."
        )
    _still_asked(db, waiting, site)
    return _erase(db, actor, patient_id, reason)


def _nameless(db: Database, patient_id: str, reason: str) -> str:
    """The reason, which stays in the audit trail for good. Raises Usage without one, Refused where it names whom."""
    reason = reason.strip()
    if not reason:
        raise Usage("Give a reason: it is required to erase a patient.")
    if Names(db.rows, patient_id).named_in(reason):
        raise Refused("The reason stays in the audit trail for good. Write it without the pseudonym.")
    return reason


def take_back(db: Database, actor: Actor, patient_id: str) -> None:
    """Take back the wish to erase a patient: one's own, or that of another administrator.

    Raises Refused where nobody asked, Usage, NotPermitted.
    """
    key, site = _patient(db, actor, patient_id)
    if _waiting(db.rows, patient_id) is None:
        raise Refused("Nobody has asked that this patient is erased.")
    with db.change(actor, Action.TAKE_BACK_ERASURE, patient_id, site=site) as change:
        change.execute("DELETE FROM erasure_request WHERE patient_key = $1", [key])


def _patient(db: Database, actor: Actor, patient_id: str) -> tuple[int, str | None]:
    """The key and the site of a patient whom `actor` may erase."""
    readable_sites(actor, Permission.ERASE)  # who may erase nowhere is not told who is here
    found = db.rows(sql.text("queries/patient_key_and_site"), [patient_id])
    if not found:
        raise Usage(f"There is no patient {patient_id} in this registry. Check the pseudonym.")
    key, site = found[0]
    actor.require(Permission.ERASE, site)
    return int(key), site


def _waiting(read: Callable[..., list[tuple[Any, ...]]], patient_id: str) -> Request | None:
    rows = read(sql.text("queries/erasure_requests"), [patient_id])
    return Request(*rows[0]) if rows else None


def _still_asked(db: Database, waiting: Request, site: str | None) -> None:
    """Two administrators: whoever asked must still be one."""
    try:
        db.actor(waiting.asked_by).require(Permission.ERASE, site)
    except NotPermitted as error:
        raise Refused(
            f"{waiting.asked_by}, who asked, is no administrator any more. Take it back and ask again."
        ) from error


def _erase(db: Database, actor: Actor, patient_id: str, reason: str) -> Erasure:
    key, site = _patient(db, actor, patient_id)
    copies = tuple(copies_with(db, patient_id))
    with db.rewriting(actor, Action.ERASE, SUBJECT, site=site, reason=reason) as new:
        waiting = _waiting(new.rows, patient_id)
        if waiting is None or waiting.asked_by == actor.name:
            raise Refused("The wish to erase this patient was taken back meanwhile. Nothing was changed.")
        names = Names(new.rows, patient_id)
        taken = Taken(new, names, key)
        taken.copy_rows()
        events = taken.copy_events()
        rows, sealed = new.gone()
        last = audit.sealed_digests(new.rows)
        new.rows_digest = audit.erased_json(
            audit.Erased(events, rows),
            {
                table: audit.as_digest(*audit.added(audit.sums(last[table]), sums, -1))
                for table, sums in sealed.items()
                if table in last
            },
        )
        new.after = names.without(
            audit.canonical_json(
                {
                    "asked_by": waiting.asked_by,
                    "asked_at": waiting.asked_at,
                    "copies": [one.file for one in copies],
                }
            )
        )
    return Erasure(
        seq=db.head[0],
        rows={table: number for table, number in taken.rows.items() if number},
        texts=taken.texts + len(events),
        copies=copies,
        searched=names.searched,
    )
