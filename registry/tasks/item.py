"""One thing that waits for a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from registry.surveillance.outside import Outside


@dataclass(frozen=True)
class Waiting:
    """What waits, how many of it, why (a sentence for the person at the desk), and the page where it is done.

    `address` is a path of the app such as `/patient?patient=SYN-003`, made by `address_of`; empty where nothing is
    to be done on a page. `urgent` items stand first, marked by more than their color. `patients` are those whom the
    item of low counts on no list is about; None for every other item.
    """

    what: str
    number: int
    why: str
    address: str
    urgent: bool = False
    patients: tuple[Outside, ...] | None = None


def address_of(page: str, **query: str) -> str:
    """The address of a page with its query: a name with any sign in it comes out of the address as it went in."""
    return f"/{page}?{urlencode(query)}" if query else f"/{page}"
