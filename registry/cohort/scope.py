"""What a reader may see of a cohort: which sites, and whether calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from registry.errors import NotPermitted
from registry.roles import Actor, Permission, readable_sites


def require_rows(actor: Actor, scope: Scope) -> None:
    """Raise NotPermitted unless `actor` may read the single patients of a scope, and not its figures alone."""
    actor.require(Permission.READ, scope.sites)


@dataclass(frozen=True)
class Scope:
    """`sites` are those that are counted (None: all); `calls` says whether calls may be shown of them."""

    sites: tuple[str, ...] | None
    calls: bool


def scope_of(actor: Actor, asked: Sequence[str] = ()) -> Scope:
    """What `actor` sees of the sites `asked` for (none: of all).

    Who may read calls at some sites gets those sites alone, unless others are asked for: numbers with the calls of
    a part would mislead. Whoever reads cases blind gets figures of the whole cohort, which name no patient.
    Raises NotPermitted for a site of which no figures may be seen, or where there is none.
    """
    if asked:
        actor.require(Permission.FIGURES, list(asked))
        return Scope(tuple(sorted(asked)), actor.may(Permission.READ_CALLS, list(asked)))
    try:
        sites, calls = readable_sites(actor, Permission.READ_CALLS), True
    except NotPermitted:
        sites, calls = readable_sites(actor, Permission.FIGURES), False
    return Scope(None if sites is None else tuple(sites), calls)
