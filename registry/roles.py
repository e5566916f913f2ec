"""Who may do what: roles give permissions, actions need one, and everything not given is denied.

A role is held at a site, or at `*`, every site. Nothing here reads the record or knows the state of a
thing: whether a closed review may still be changed is a policy of that workflow, not a permission.

An account with the role of adjudicator at a site is blind there, whatever its other roles: `BLIND_HAVE` lists the
few permissions that remain, and every other one, also one that is added later, is denied at that site.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from registry.errors import NotPermitted

EVERYWHERE = "*"
OPERATOR = "admin"  # the account of whoever runs the registry on their own computer

Sites = str | Collection[str | None] | None  # None: the whole registry, or a patient without a site


class Permission(StrEnum):
    """A right that a role may give."""

    READ = "read"  # the facts of single patients
    FIGURES = "figures"  # figures of a whole cohort, which name no patient
    READ_CALLS = "read_calls"  # the machine's calls; a blind reader has none
    LOG = "log"
    AMEND = "amend"
    WITHDRAW = "withdraw"
    IMPORT = "import"
    ADJUDICATE = "adjudicate"  # let the machine judge
    REVIEW = "review"  # give one's own blind read
    ANSWER_PROPOSALS = "answer_proposals"  # open an episode that counts propose, or say why not
    FOLLOW_UP = "follow_up"  # log what was done about a watched patient, and the signs that one reports
    OPEN_CASES = "open_cases"  # decide what is read, and see why
    CHALLENGE = "challenge"  # say that a call of the machine is doubted
    EXPORT = "export"  # rows of patients leave the registry
    EXPORT_AGGREGATE = "export_aggregate"  # figures without patients leave the registry
    ACCOUNTS = "accounts"
    CONFIGURE = "configure"
    VERIFY = "verify"
    BACKUP = "backup"
    ERASE = "erase"  # remove a patient for good, together with another administrator


_SAID = {
    Permission.FIGURES: "see figures of the cohort",
    Permission.EXPORT_AGGREGATE: "export figures",
    Permission.ACCOUNTS: "manage accounts",
    Permission.CONFIGURE: "configure",
    Permission.BACKUP: "make or restore backups",
    Permission.ERASE: "erase patients",
    Permission.OPEN_CASES: "open cases of review",
    Permission.CHALLENGE: "challenge calls",
}
"""Permissions as a sentence says them, where the name alone does not."""


class Role(StrEnum):
    """What a person is in the registry."""

    NURSE = "nurse"
    ADJUDICATOR = "adjudicator"
    CLINICIAN = "clinician"
    DATA_MANAGER = "data_manager"
    ADMIN = "admin"


class Action(StrEnum):
    """What an audit event says was done."""

    LOG = "log"
    AMEND = "amend"
    WITHDRAW = "withdraw"
    IMPORT = "import"
    ADJUDICATE = "adjudicate"
    REVIEW = "review"
    ANSWER_PROPOSAL = "answer_proposal"
    FOLLOW_UP = "follow_up"
    OPEN_CASES = "open_cases"
    CHALLENGE = "challenge"
    QUERY = "query"
    ANSWER_QUERY = "answer_query"
    DOWNLOAD = "download"  # what a page shows of one patient, taken by an account that may read it
    EXPORT = "export"
    EXPORT_AGGREGATE = "export_aggregate"
    ADD_ACCOUNT = "add_account"
    SET_ROLES = "set_roles"
    DISABLE_ACCOUNT = "disable_account"
    ENABLE_ACCOUNT = "enable_account"
    RESET_PASSWORD = "reset_password"  # noqa: S105 (the name of an action)
    CONFIGURE = "configure"
    BACKUP = "backup"
    RESTORE = "restore"
    ASK_ERASURE = "ask_erasure"
    TAKE_BACK_ERASURE = "take_back_erasure"
    ERASE = "erase"

    @property
    def permission(self) -> Permission:
        """The one permission that this action needs."""
        return _NEEDS[self]


_NEEDS: Mapping[Action, Permission] = {
    Action.LOG: Permission.LOG,
    Action.AMEND: Permission.AMEND,
    Action.WITHDRAW: Permission.WITHDRAW,
    Action.IMPORT: Permission.IMPORT,
    Action.ADJUDICATE: Permission.ADJUDICATE,
    Action.REVIEW: Permission.REVIEW,
    Action.ANSWER_PROPOSAL: Permission.ANSWER_PROPOSALS,
    Action.FOLLOW_UP: Permission.FOLLOW_UP,
    Action.OPEN_CASES: Permission.OPEN_CASES,
    Action.CHALLENGE: Permission.CHALLENGE,
    Action.QUERY: Permission.READ,
    Action.ANSWER_QUERY: Permission.LOG,
    Action.DOWNLOAD: Permission.READ,
    Action.EXPORT: Permission.EXPORT,
    Action.EXPORT_AGGREGATE: Permission.EXPORT_AGGREGATE,
    Action.ADD_ACCOUNT: Permission.ACCOUNTS,
    Action.SET_ROLES: Permission.ACCOUNTS,
    Action.DISABLE_ACCOUNT: Permission.ACCOUNTS,
    Action.ENABLE_ACCOUNT: Permission.ACCOUNTS,
    Action.RESET_PASSWORD: Permission.ACCOUNTS,
    Action.CONFIGURE: Permission.CONFIGURE,
    Action.BACKUP: Permission.BACKUP,
    Action.RESTORE: Permission.BACKUP,
    Action.ASK_ERASURE: Permission.ERASE,
    Action.TAKE_BACK_ERASURE: Permission.ERASE,
    Action.ERASE: Permission.ERASE,
}


class SecurityEvent(StrEnum):
    """Events of sign-in in the audit trail; they need no permission, because nobody is signed in yet."""

    SIGN_IN = "sign_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_IN_LOCKED = "sign_in_locked"
    SIGN_OUT = "sign_out"
    SET_PASSWORD = "set_password"  # noqa: S105 (the name of an event)
    ISSUE_CODE = "issue_code"


CHANGES_NOTHING = frozenset(
    {*SecurityEvent, Action.DOWNLOAD, Action.EXPORT, Action.EXPORT_AGGREGATE, Action.BACKUP}
)
"""What is audited although nothing that is read becomes different by it."""

PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.NURSE: frozenset(
        {
            Permission.READ,
            Permission.FIGURES,
            Permission.READ_CALLS,
            Permission.LOG,
            Permission.AMEND,
            Permission.WITHDRAW,
            Permission.IMPORT,
            Permission.ADJUDICATE,
            Permission.CHALLENGE,
            Permission.ANSWER_PROPOSALS,
            Permission.FOLLOW_UP,
        }
    ),
    Role.ADJUDICATOR: frozenset({Permission.REVIEW, Permission.FIGURES}),
    Role.CLINICIAN: frozenset(
        {
            Permission.READ,
            Permission.FIGURES,
            Permission.READ_CALLS,
            Permission.CHALLENGE,
            Permission.ANSWER_PROPOSALS,
            Permission.FOLLOW_UP,
            Permission.EXPORT_AGGREGATE,
        }
    ),
    Role.DATA_MANAGER: frozenset(
        {
            Permission.READ,
            Permission.FIGURES,
            Permission.READ_CALLS,
            Permission.LOG,
            Permission.AMEND,
            Permission.WITHDRAW,
            Permission.IMPORT,
            Permission.ADJUDICATE,
            Permission.OPEN_CASES,
            Permission.ANSWER_PROPOSALS,
            Permission.FOLLOW_UP,
            Permission.EXPORT,
            Permission.EXPORT_AGGREGATE,
            Permission.VERIFY,
        }
    ),
    Role.ADMIN: frozenset(
        {
            Permission.ACCOUNTS,
            Permission.CONFIGURE,
            Permission.VERIFY,
            Permission.BACKUP,
            Permission.ERASE,
        }
    ),
}


BLIND_HAVE = frozenset(
    {
        Permission.REVIEW,
        Permission.FIGURES,
        Permission.EXPORT_AGGREGATE,
        Permission.ACCOUNTS,
        Permission.CONFIGURE,
    }
)
"""What an account may do at a site where it adjudicates: none of these shows, changes or gives out one patient.

A packet hides who the patient is, and its counts are the patient's. Whoever meets the same counts under a pseudonym
recognizes the patient, and with the patient the call. Writing is denied with reading, because each form, import and
correction shows what is stored.
"""


@dataclass(frozen=True)
class Actor:
    """A person as the registry knows them: a name, and the roles held at each site.

    `known_sites` are the sites of the registry. They are needed only for an account with a role at every site that
    adjudicates at some: it reads the other ones, and they must be named.
    """

    name: str
    roles: Mapping[str, frozenset[Role]]
    known_sites: frozenset[str] = frozenset()

    def roles_at(self, site: str | None) -> frozenset[Role]:
        """The roles held at `site`; None means the whole registry and counts only roles held everywhere."""
        everywhere = self.roles.get(EVERYWHERE, frozenset())
        return everywhere if site is None else everywhere | self.roles.get(site, frozenset())

    def may(self, permission: Permission, site: Sites = None) -> bool:
        """True if some role gives `permission` at every one of the sites (None: the whole registry).

        Where the person may also review, only what is in `BLIND_HAVE` is given, whatever other role gives more: no
        combination of roles lets a blind reader see a patient.
        """
        if permission not in BLIND_HAVE and self.reviews(site):
            return False
        return self.given(permission, site)

    def may_somewhere(self, permission: Permission) -> bool:
        """True if some role gives `permission` at one site at least."""
        return any(self.may(permission, site) for site in (None, *self.roles, *self.known_sites))

    def sites_with(self, permission: Permission) -> list[str] | None:
        """The sites at which `permission` is given, sorted; None for the whole registry."""
        if self.may(permission):
            return None
        named = {*self.roles, *self.known_sites} - {EVERYWHERE}
        return sorted(site for site in named if self.may(permission, site))

    def at(self, sites: Collection[str]) -> Actor:
        """The same person with every role held at `sites` and no role elsewhere."""
        return Actor(self.name, {site: self.roles_at(site) for site in sites})

    def given(self, permission: Permission, site: Sites = None) -> bool:
        """Like `may`, but without regard to blindness."""
        return all(any(permission in PERMISSIONS[role] for role in self.roles_at(one)) for one in _each(site))

    def reviews(self, site: Sites = None) -> bool:
        """True if the person may review at any one of the sites (None: anywhere)."""
        sites = [*self.roles, None] if None in _each(site) else _each(site)
        return any(Permission.REVIEW in PERMISSIONS[role] for one in sites for role in self.roles_at(one))

    def _reviewed(self, site: Sites) -> Sites:
        """Those of the sites at which the person may review."""
        if None in _each(site):
            named = sorted(one for one in self.roles if one != EVERYWHERE and self.reviews(one))
            return None if self.reviews(EVERYWHERE) or not named else named
        return [one for one in _each(site) if self.reviews(one)]

    def require(self, permission: Permission, site: Sites = None) -> None:
        """Raise NotPermitted unless `may(permission, site)`."""
        if not self.may(permission, site):
            if self.reviews(site) and permission not in BLIND_HAVE:
                raise NotPermitted(
                    f"{self.name} adjudicates {described(self._reviewed(site))} and sees only review "
                    f"packets of the patients there (page Cases, `nadir review`), so that no packet is "
                    f"recognized. "
                    f"To {_SAID.get(permission, permission.replace('_', ' '))} there, use an account that "
                    f"is not an adjudicator at that site."
                )
            raise NotPermitted(
                f"{self.name} may not {_SAID.get(permission, permission.replace('_', ' '))} {described(site)}. "
                "An administrator can give a role that allows it."
            )

    def acting_as(self, permission: Permission, site: Sites = None) -> str:
        """The roles that give `permission` at the sites, joined by `+`, for the audit trail."""
        giving = {
            role for one in _each(site) for role in self.roles_at(one) if permission in PERMISSIONS[role]
        }
        return "+".join(sorted(giving))


def readable_sites(actor: Actor, permission: Permission = Permission.READ) -> list[str] | None:
    """The sites at which `actor` has a permission, sorted; None for the whole registry.

    Raises NotPermitted if there is none.
    """
    sites = actor.sites_with(permission)
    if sites is not None and not sites:
        if actor.reviews():
            actor.require(permission)  # says what a blind account sees instead
        raise NotPermitted(f"{actor.name} may not {permission.replace('_', ' ')} at any site.")
    return sites


def described(site: Sites) -> str:
    """`at A, B` or `in the whole registry`."""
    sites = _each(site)
    return "in the whole registry" if None in sites else f"at {', '.join(one for one in sites if one)}"


def joined(site: Sites) -> str | None:
    """The sites as the audit trail keeps them: joined by a comma; one within a name is written `%2C`."""
    if site is None:
        return None
    names = [site] if isinstance(site, str) else sorted(one or "" for one in set(site))
    return ",".join(map(escaped_site, names)) or None


def escaped_site(name: str) -> str:
    """A site as one part of what `joined` gives."""
    return name.replace("%", "%25").replace(",", "%2C")


def split_sites(text: str | None) -> list[str | None] | None:
    """The sites of an event again, None within for the patients without a site; None for the whole registry."""
    if text is None:
        return None
    return [one.replace("%2C", ",").replace("%25", "%") or None for one in text.split(",")]


def _each(site: Sites) -> list[str | None]:
    """The sites one by one; no site at all means the whole registry, never nothing to check."""
    if site is None or isinstance(site, str):
        return [site]
    named: list[str | None] = [*sorted(one for one in set(site) if one is not None)]
    return [*named, None] if None in site or not named else named


def blindness_in_words(actor: Actor) -> str | None:
    """What it costs an account to adjudicate beside its other roles; None where it costs nothing.

    A role of every site costs something at each site where the account adjudicates, and the other way round.
    """
    lost: dict[str, set[Role]] = {}
    for site in actor.roles:
        if not actor.reviews(site):
            continue
        without_effect = {role for role in actor.roles_at(site) if PERMISSIONS[role] - BLIND_HAVE}
        if without_effect:
            lost[site] = without_effect
    if not lost:
        return None
    admin = any(Role.ADMIN in actor.roles_at(site) for site in lost)
    places = ["everywhere" if site == EVERYWHERE else f"at {site}" for site in sorted(lost)]
    roles = sorted(str(role).replace("_", " ") for role in set().union(*lost.values()) - {Role.ADMIN})
    off = f", and other rights of {' and '.join(roles)} are off, including writing" if roles else ""
    return (
        f"Adjudicator {' and '.join(places)}: there this account sees packets of cases and figures of the whole "
        f"cohort, but no patient{off}. Give the other roles at other sites, or to another person's account."
        + (" An administrator's backups, checks and audit trail are off too." if admin else "")
    )
