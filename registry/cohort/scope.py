"""What a reader may see of a cohort: which sites, and whether calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from registry.errors import NotPermitted
from registry.overview import readable_sites
from registry.roles import Actor, Permission


@dataclass(frozen=True)
class Scope:
    """`sites` are those that are counted (None: all); `calls` says whether calls may be shown of them."""

    sites: tuple[str, ...] | None
    calls: bool


def scope_of(actor: Actor, asked: Sequence[str] = ()) -> Scope:
    """What `actor` sees of the sites `asked` for (none: of all).

    Who may read calls at some sites gets those sites alone, unless others are asked for: numbers with the calls of
    a part would mislead. Raises NotPermitted for a site that may not be read, or where none may.
    """
    if asked:
        actor.require(Permission.READ, list(asked))
        return Scope(tuple(sorted(asked)), actor.may(Permission.READ_CALLS, list(asked)))
    try:
        sites, calls = readable_sites(actor, Permission.READ_CALLS), True
    except NotPermitted:
        sites, calls = readable_sites(actor), False
    return Scope(None if sites is None else tuple(sites), calls)
