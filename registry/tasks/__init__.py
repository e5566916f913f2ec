"""What waits for a person: few clear items, each with a number, a reason and a page. Reads only.

Each part is a function of (registry, actor, day) that gives items, and PARTS says for which roles it is asked. A part
checks permissions like any other service; what it may not read it raises, and then it has nothing to say. To let
something new wait on everybody's home page, write a part and add it to PARTS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from registry.errors import NotPermitted
from registry.roles import EVERYWHERE, Actor, Role
from registry.store.database import Database
from registry.tasks import counts, courses, doubted, drafts, keeping, people, proposed, reviews, since
from registry.tasks.courses import JUDGE
from registry.tasks.item import Waiting

__all__ = ["JUDGE", "PARTS", "Part", "Waiting", "waiting_for"]

Part = Callable[[Database, Actor, date], Iterable[Waiting]]


@dataclass(frozen=True)
class _For:
    """A part, and the roles that it is for."""

    part: Part
    roles: frozenset[Role]


def _for(part: Part, *roles: Role) -> _For:
    return _For(part, frozenset(roles))


PARTS: tuple[_For, ...] = (
    _for(counts.surveillance, Role.NURSE),
    _for(counts.escalated, Role.CLINICIAN),
    _for(counts.outside_lists, Role.NURSE, Role.CLINICIAN, Role.DATA_MANAGER),
    _for(proposed.episodes, Role.NURSE, Role.CLINICIAN, Role.DATA_MANAGER),
    _for(reviews.cases, Role.ADJUDICATOR),
    _for(since.changes, Role.CLINICIAN),
    _for(reviews.reopened, Role.CLINICIAN, Role.DATA_MANAGER),
    _for(drafts.unfinished, Role.NURSE, Role.DATA_MANAGER),
    _for(reviews.questions, Role.NURSE, Role.DATA_MANAGER),
    _for(reviews.answers, Role.NURSE, Role.DATA_MANAGER, Role.CLINICIAN, Role.ADJUDICATOR),
    _for(courses.calls_to_make, Role.NURSE, Role.DATA_MANAGER),
    _for(counts.unreadable, Role.NURSE, Role.DATA_MANAGER),
    _for(doubted.doubted, Role.NURSE, Role.DATA_MANAGER),
    _for(courses.without_stop, Role.NURSE, Role.DATA_MANAGER),
    _for(courses.overlapping_steps, Role.NURSE, Role.DATA_MANAGER),
    _for(keeping.imports, Role.DATA_MANAGER),
    _for(keeping.backups, Role.DATA_MANAGER, Role.ADMIN),
    _for(people.accounts, Role.ADMIN),
    _for(people.erasures, Role.ADMIN),
)
"""In the order in which a page shows what is not urgent."""


def waiting_for(db: Database, actor: Actor, today: date, now: datetime | None = None) -> list[Waiting]:
    """What waits for `actor` in the roles held, at the sites where they are held; the urgent first.

    `now` is the time of that day, by the clock on the wall, for what is due to the hour; without it the day has just
    begun.
    An item with the number 0 says that it was looked for and nothing waits.
    """
    found: list[Waiting] = []
    for one in PARTS:
        # A deadline is missed to the hour; everything else waits by the day.
        part = partial(counts.escalated, now=now) if one.part is counts.escalated else one.part
        held = _where(actor, one.roles)
        if held is None:
            continue
        try:
            found += part(db, held, today)
        except NotPermitted:
            continue
    return sorted(found, key=lambda item: not (item.urgent and item.number))


def _where(actor: Actor, roles: frozenset[Role]) -> Actor | None:
    """`actor` at the sites where one of `roles` is held, with every role held there; None if there is none.

    Every role, because some take rights away: a reviewer of a site sees no calls there.
    """
    if actor.roles.get(EVERYWHERE, frozenset()) & roles:
        return actor
    sites = [site for site, at in actor.roles.items() if at & roles]
    return actor.at(sites) if sites else None
