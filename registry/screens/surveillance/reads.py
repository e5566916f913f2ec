"""What the pages of surveillance read, kept while the registry stands at the same change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from adjudication.surveillance.protocol import Protocol
from registry.errors import Usage
from registry.record.doubts import doubts_on
from registry.roles import readable_sites
from registry.screens.links import offered
from registry.screens.reads import kept
from registry.screens.session import Session
from registry.surveillance.foreseen import Foreseen, foreseen
from registry.surveillance.hemoglobin import informed
from registry.surveillance.in_force import InForce, concerning, in_force
from registry.surveillance.measures import Measures, measures
from registry.surveillance.outcomes import Did, done
from registry.surveillance.proposals import Proposed, proposals
from registry.surveillance.protocols import Adopted, Compared, adopted, compared, read, sites_to_adopt
from registry.surveillance.signs import Noticed, reported
from registry.surveillance.watched import Watched, watched
from registry.surveillance.worklist import Worklist, worklist


@kept(20)
def read_worklist(session: Session, today: date, site: str | None) -> Worklist:
    """The whole list on a day, at one site or at all that the reader may read."""
    actor = session.actor
    if site is not None:
        actor = actor.at([site])
    return worklist(session.db, actor, today)


@kept(200)
def read_alone(session: Session, patient_id: str, today: date) -> Worklist:
    """The list of one patient."""
    return worklist(session.db, session.actor, today, patient_id=patient_id)


@dataclass(frozen=True)
class Beside:
    """What stands beside a finding: what was done and which signs (the last first), a hemoglobin, a doubted count."""

    done: list[Did] = field(default_factory=list)
    signs: list[Noticed] = field(default_factory=list)
    hemoglobin: str | None = None
    doubt: str | None = None


@kept(50)
def read_beside(session: Session, by: Mapping[str, str], today: date) -> dict[str, Beside]:
    """What stands beside the findings of some patients; `by` names the protocol that watches each."""
    asked = (session.db, session.actor)
    patients = list(by)
    acts, signs = done(*asked, patients, today), reported(*asked, patients, today)
    known = {one.protocol.id: one.protocol for one in in_force(session.db)}
    lines = informed(*asked, {name: known[protocol] for name, protocol in by.items()}, today)
    doubts = doubts_on(session.db, patients, "platelets", today)
    return {
        name: Beside(acts.get(name, []), signs.get(name, []), lines.get(name), doubts.get(name))
        for name in patients
    }


@kept(200)
def read_watched(session: Session, patient_id: str, today: date) -> Watched | None:
    """One patient as the protocol sees him; None for whom it does not watch."""
    try:
        return watched(session.db, session.actor, patient_id, today)
    except Usage:
        return None


@kept(20)
def read_proposals(session: Session, today: date, patient_id: str | None = None) -> list[Proposed]:
    """The episodes that counts propose and that wait for an answer."""
    return proposals(session.db, session.actor, today, patient_id=patient_id)


@kept(20, "Counting …")
def read_measures(session: Session, today: date, protocol_id: str) -> Measures:
    """The measures of a protocol in force, of the patients whom the reader may see."""
    return measures(session.db, session.actor, today, protocol_id=protocol_id)


def reads_patients(session: Session) -> bool:
    """Whether the person has part in surveillance: by the same rights that open the worklist."""
    return offered(session, "worklist")


@kept(20)
def read_protocols(session: Session) -> tuple[Protocol, ...]:
    """The protocols in force at the sites whose patients one reads, else at all; the first goes before the others."""
    sites = readable_sites(session.actor) if reads_patients(session) else None
    return concerning(in_force(session.db), sites)


@kept(20)
def read_in_force(session: Session) -> tuple[InForce, ...]:
    """Every protocol in force, those first that go before others."""
    return in_force(session.db)


@kept(20)
def read_adopted(session: Session) -> list[Adopted]:
    """Every adoption of a site's own file that there was."""
    return adopted(session.db)


@kept(20)
def read_sites_to_adopt(session: Session) -> list[str]:
    """The sites for which the person may adopt a file."""
    return sites_to_adopt(session.db, session.actor)


@kept(20)
def read_compared(session: Session, name: str, text: str) -> list[Compared]:
    """What a file that is fit changes of others."""
    return compared(session.db, read(name, text), text)


@kept(40)
def read_foreseen(
    session: Session, name: str, text: str, sites: tuple[str, ...], today: date
) -> list[Foreseen]:
    """Whom a file that is fit would watch, were it adopted at these sites (none: at all)."""
    return foreseen(session.db, session.actor, read(name, text), sites, today)
