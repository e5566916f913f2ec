"""The pages there are, and who sees each."""

from dataclasses import dataclass
from pathlib import Path

from registry.roles import Actor, Permission


@dataclass(frozen=True)
class Screen:
    """A page: its title, its address (and the file in `pages` that shows it), and who sees it.

    Whoever has one of the permissions at some site sees the page; None needed: everybody does. What a page then
    shows is up to the services that it asks. `section` heads it in the menu; a page about one thing that is opened
    from a list is not `listed` there.
    """

    title: str
    address: str
    permissions: tuple[Permission, ...] = ()
    section: str = ""
    listed: bool = True

    @property
    def file(self) -> Path:
        return Path(__file__).parent / "pages" / f"{self.address}.py"

    def seen_by(self, actor: Actor) -> bool:
        """Whether this person has the page at all."""
        return not self.permissions or any(map(actor.may_somewhere, self.permissions))


_WATCHES = (Permission.LOG, Permission.READ_CALLS)
"""Surveillance is for those who care for patients; a blinded reviewer has no part in it."""

SCREENS = (
    Screen("Home", "home"),
    Screen("Patient", "patient", (Permission.READ,)),
    Screen("Log", "log", (Permission.LOG,)),
    Screen("Facts", "facts", (Permission.READ,)),
    Screen("Cohort", "cohort", (Permission.FIGURES,)),
    Screen("Worklist", "worklist", _WATCHES, section="Surveillance"),
    Screen("Proposed episodes", "proposals", _WATCHES, section="Surveillance"),
    Screen("Watched patient", "watched", _WATCHES, section="Surveillance", listed=False),
    Screen("Protocol", "protocol", (*_WATCHES, Permission.CONFIGURE), section="Surveillance"),
    Screen("Cases", "cases", (Permission.REVIEW,), section="Review"),
    Screen("Case", "case", (Permission.REVIEW,), section="Review", listed=False),
    Screen("Dispute", "dispute", (Permission.REVIEW,), section="Review", listed=False),
    Screen("Committee", "committee", (Permission.REVIEW,), section="Review", listed=False),
    Screen("Outcome", "outcome", (Permission.REVIEW, Permission.READ_CALLS), section="Review", listed=False),
    Screen("My signed decisions", "signed", (Permission.REVIEW,), section="Review"),
    Screen("Open cases", "opening", (Permission.OPEN_CASES,), section="Review"),
    Screen("Agreement", "agreement", (Permission.READ_CALLS,), section="Review"),
    Screen("Queries", "queries", (Permission.READ, Permission.REVIEW), section="Review"),
    Screen("Help", "help", section="Registry"),
    Screen("Accounts", "accounts", (Permission.ACCOUNTS,), section="Registry"),
    Screen("Erasure requests", "erasure", (Permission.ERASE,), section="Registry"),
    Screen("Audit", "audit", (Permission.VERIFY,), section="Registry"),
)
