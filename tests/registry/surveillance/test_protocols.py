"""A site's own protocol: a file copied, changed and checked, adopted for a site or for all, and dropped again."""

from datetime import date
from typing import Any

import pytest

from adjudication.surveillance import ladder
from adjudication.surveillance.protocol_file import Unfit
from registry import record
from registry.errors import NotPermitted, Refused, Usage
from registry.roles import Actor, Role
from registry.store.database import Database
from registry.surveillance import protocols
from registry.surveillance.foreseen import Foreseen, foreseen
from registry.surveillance.in_force import concerning, in_force
from registry.surveillance.measures import measures
from registry.surveillance.proposals import proposals
from registry.surveillance.watched import watched
from registry.surveillance.worklist import worklist

TODAY = date(2026, 3, 31)
PUBLISHED = "alemtuzumab-belgian-2018"
INFUSED = "2025-06-01"


def copy(name: str = "ours", *changes: tuple[str, str]) -> str:
    """The published file under another id, with some texts changed."""
    text = protocols.copy_of(PUBLISHED, name)
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


TRANSPLANTS = ('settings = ["multiple_sclerosis"]', 'settings = ["renal_transplant"]')
SOONER = ("months_after_last_infusion = 48", "months_after_last_infusion = 6")


@pytest.fixture
def db(registry: Database, operator: Actor) -> Database:
    """A patient with sclerosis (M) and one with a transplant (T) at each of two sites, all with two low counts."""
    for site in ("north", "south"):
        for kind, setting in (("M", "multiple_sclerosis"), ("T", "renal_transplant")):
            name = f"{kind}-{site}"
            log(registry, operator, "patient", patient_id=name, site=site)
            log(
                registry,
                operator,
                "exposure",
                patient_id=name,
                exposure_id="X",
                agent="alemtuzumab",
                setting=setting,
                started_on=INFUSED,
            )
            for number, (day, value) in enumerate((("2026-03-01", "90"), ("2026-03-05", "95")), 1):
                count(registry, operator, name, number, day, value)
    return registry


def log(registry: Database, operator: Actor, table: str, **values: Any) -> None:
    record.log(registry, operator, table, values, today=TODAY)


def count(registry: Database, operator: Actor, name: str, number: int, day: str, value: str) -> None:
    log(
        registry,
        operator,
        "observation",
        patient_id=name,
        observation_id=f"O{number}",
        observed_at=day,
        analyte="platelets",
        value=value,
        unit="10*9/L",
    )


def listed(db: Database, actor: Actor, by: str | None = None) -> list[str]:
    rows = worklist(db, actor, TODAY).rows.to_pylist()
    return sorted(row["patient_id"] for row in rows if by in (None, row["protocol"]))


def test_without_a_file_of_its_own_a_site_is_watched_by_the_published_protocol(
    db: Database, operator: Actor
) -> None:
    assert [(one.protocol.id, one.sites, one.published) for one in in_force(db)] == [(PUBLISHED, None, True)]
    assert listed(db, operator) == ["M-north", "M-south"]
    with pytest.raises(Usage, match="alemtuzumab for multiple sclerosis"):
        watched(db, operator, "T-north", TODAY)


def test_a_transplant_centre_that_adopts_a_copy_sees_its_own_patients_and_others_do_not(
    db: Database, operator: Actor
) -> None:
    protocols.adopt(db, operator, "ours.toml", copy("ours", TRANSPLANTS, SOONER), ["north"])
    assert listed(db, operator) == ["M-north", "M-south", "T-north"]
    assert listed(db, operator, "ours") == ["T-north"]
    nurse = Actor("n", {"south": frozenset({Role.NURSE})})
    assert [one.id for one in worklist(db, nurse, TODAY).protocols] == [PUBLISHED]
    north = Actor("m", {"north": frozenset({Role.NURSE})})
    assert [one.id for one in worklist(db, north, TODAY).protocols] == ["ours", PUBLISHED]
    one = watched(db, operator, "T-north", TODAY)
    assert (one.protocol.id, one.window_ends_on) == ("ours", date(2025, 12, 1))
    assert {found.patient_id for found in proposals(db, operator, TODAY)} == {"M-north", "M-south", "T-north"}
    assert measures(db, operator, TODAY, protocol_id="ours").patients == 1
    assert measures(db, operator, TODAY, protocol_id=PUBLISHED).patients == 2
    assert measures(db, operator, TODAY).unwatched == {("alemtuzumab", "renal_transplant"): 1}
    assert db.verify() == []


def test_a_copy_for_the_same_setting_stands_in_the_published_ones_place(
    db: Database, operator: Actor
) -> None:
    protocols.adopt(db, operator, "ours.toml", copy("ours", SOONER), ["north"])
    assert listed(db, operator, "ours") == ["M-north"]
    assert listed(db, operator, PUBLISHED) == ["M-south"]
    north = Actor("m", {"north": frozenset({Role.NURSE})})
    assert [one.id for one in worklist(db, north, TODAY).protocols] == ["ours"]
    with pytest.raises(Usage, match="is in force at your sites"):
        measures(db, north, TODAY, protocol_id=PUBLISHED)


def test_a_sites_own_file_goes_before_one_for_all_and_both_before_the_published(
    db: Database, operator: Actor
) -> None:
    protocols.adopt(db, operator, "all.toml", copy("for-all"))
    assert listed(db, operator, "for-all") == ["M-north", "M-south"]
    protocols.adopt(db, operator, "ours.toml", copy("ours"), ["north"])
    assert [one.protocol.id for one in in_force(db)] == ["ours", "for-all", PUBLISHED]
    assert listed(db, operator, "ours") == ["M-north"]
    assert listed(db, operator, "for-all") == ["M-south"]
    assert [one.id for one in concerning(in_force(db), ["north"])] == ["ours"]


def test_a_patient_with_two_settings_stands_once(db: Database, operator: Actor) -> None:
    log(
        db,
        operator,
        "exposure",
        patient_id="M-north",
        exposure_id="Y",
        agent="alemtuzumab",
        setting="renal_transplant",
        started_on="2026-01-01",
    )
    protocols.adopt(db, operator, "ours.toml", copy("ours", TRANSPLANTS), ["north"])
    rows = worklist(db, operator, TODAY).rows.to_pylist()
    mine = [row for row in rows if row["patient_id"] == "M-north"]
    assert [(row["protocol"], row["last_infusion_on"]) for row in mine] == [("ours", date(2026, 1, 1))]


def test_the_most_urgent_stand_first_whatever_their_protocol(db: Database, operator: Actor) -> None:
    protocols.adopt(db, operator, "ours.toml", copy("ours", TRANSPLANTS), ["north", "south"])
    for number, (name, value) in enumerate((("M-south", "20"), ("T-north", "12"), ("T-south", "300")), 9):
        count(db, operator, name, number, "2026-03-30", value)
    rows = worklist(db, operator, TODAY).rows.to_pylist()
    assert [row["patient_id"] for row in rows] == ["M-south", "T-north", "M-north", "T-south"]


def test_dropping_a_file_gives_its_patients_back_and_keeps_what_was(db: Database, operator: Actor) -> None:
    protocols.adopt(db, operator, "ours.toml", copy(), ["north", "south"], reason="protocol 4")
    protocols.drop(db, operator, "ours", ["south"], reason="not for us")
    assert listed(db, operator, "ours") == ["M-north"]
    protocols.drop(db, operator, "ours")
    assert listed(db, operator, PUBLISHED) == ["M-north", "M-south"]
    history = protocols.adopted(db)
    assert [(one.site, one.adopted_because, one.ended_because, one.replaced) for one in history] == [
        ("north", "protocol 4", None, False),
        ("south", "protocol 4", "not for us", False),
    ]
    assert all(one.ended_by == "admin" for one in history)
    assert protocols.source(db, "ours") == copy()
    with pytest.raises(Usage, match="not in force"):
        protocols.drop(db, operator, "ours")
    with pytest.raises(Usage, match="not in force"):
        protocols.drop(db, operator, PUBLISHED)
    assert db.verify() == []


def test_a_new_version_takes_the_place_of_the_old_one(db: Database, operator: Actor) -> None:
    protocols.adopt(db, operator, "ours.toml", copy(), ["north"])
    protocols.adopt(db, operator, "ours.toml", copy("ours", SOONER), ["north"])
    assert watched(db, operator, "M-north", TODAY).protocol.schedule.months_after_last_infusion == 6
    history = protocols.adopted(db)
    assert [(one.ended_at is None, one.replaced) for one in history] == [(False, True), (True, False)]


def test_who_drops_drops_the_file_that_was_seen(db: Database, operator: Actor) -> None:
    seen, newer = copy(), copy("ours", SOONER)
    protocols.adopt(db, operator, "ours.toml", seen, ["north"])
    protocols.adopt(db, operator, "ours.toml", newer, ["north"])
    with pytest.raises(Usage, match="Another file is in force as ours meanwhile"):
        protocols.drop(db, operator, "ours", ["north"], seen=protocols.hash_of(seen))
    assert protocols.adopted(db)[-1].ended_at is None
    protocols.drop(db, operator, "ours", ["north"], seen=protocols.hash_of(newer))
    assert protocols.adopted(db)[-1].ended_at is not None


def test_one_id_names_one_file_and_one_protocol_watches_a_setting_at_a_site(
    db: Database, operator: Actor
) -> None:
    protocols.adopt(db, operator, "ours.toml", copy(), ["north"])
    with pytest.raises(Usage, match="Another file is in force as ours at north"):
        protocols.adopt(db, operator, "ours.toml", copy("ours", SOONER), ["south"])
    with pytest.raises(Usage, match="ours already watches multiple sclerosis at north"):
        protocols.adopt(db, operator, "more.toml", copy("more"), ["north"])
    with pytest.raises(Usage, match="No patient has the site nrth"):
        protocols.adopt(db, operator, "more.toml", copy("more"), ["nrth"])
    protocols.adopt(db, operator, "ours.toml", copy())  # for all now
    assert [one.sites for one in in_force(db)] == [None, None]
    with pytest.raises(Usage, match="in force at all sites already"):
        protocols.adopt(db, operator, "ours.toml", copy(), ["north"])
    assert db.verify() == []


def test_only_who_may_configure_the_site_adopts_and_drops(db: Database, operator: Actor) -> None:
    from registry import accounts

    accounts.add_account(db, operator, "keeper", {"north": [Role.ADMIN]}, today=TODAY)
    accounts.add_account(db, operator, "nurse", {"*": [Role.NURSE]}, today=TODAY)
    with pytest.raises(NotPermitted):
        protocols.adopt(db, db.actor("nurse"), "ours.toml", copy(), ["north"])
    with pytest.raises(NotPermitted):
        protocols.adopt(db, db.actor("keeper"), "ours.toml", copy())
    protocols.adopt(db, db.actor("keeper"), "ours.toml", copy(), ["north"])
    with pytest.raises(NotPermitted):
        protocols.drop(db, db.actor("keeper"), "ours")
    action, subject, site = db.rows(
        "SELECT action, subject, site FROM audit_event ORDER BY seq DESC LIMIT 1"
    )[0]
    assert (action, subject, site) == ("configure", "protocol ours", "north")


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ([('id = "ours"', f'id = "{PUBLISHED}"')], "line 8: .* is the id of a published protocol"),
        ([('id = "ours"', 'id = "Our Own"')], "line 8: id takes up to 64 small letters"),
        ([(TRANSPLANTS[0], 'settings = ["transplant"]')], "line 14: settings knows renal_transplant"),
        ([('agent = "alemtuzumab"', 'agent = "rituximab"')], "line 13: agent knows alemtuzumab"),
        ([('unit = "10*9/L"', 'unit = "g/L"')], "line 16: unit must be 10"),
        ([("WHO = 2", "SMOG = 2")], "bleeding: mild_up_to knows WHO"),
        (
            [
                ('remove = ["declined"', 'remove = ["no_answer", "declined"'),
                ('"no_answer", "recheck', '"recheck'),
            ],
            "outcomes: only declined, died, moved, transferred may take a patient off the list",
        ),
        ([("every_months = 1", "every_month = 1")], "line 19, schedule: unknown every_month"),
        ([("every_months = 1", "every_months = 0")], "schedule: every_months must be 1 or more"),
        ([('id = "below-30"', 'id = "below-twenty"')], "measures: contact_now must name rules"),
        ([('"READ-SURV-08"', '"READ-SURV-88"')], "unjudged: the reading READ-SURV-88 is not declared"),
        ([("bleeding = true", 'bleeding = "mild"')], "more bleeding would be less urgent"),
        ([("current = 149.999999", "current = 150")], "example 'just under 150 is in the gap of the source'"),
        ([("every_months = 1", "every_months == 1")], "line 19, schedule: not TOML: Invalid value"),
        ([("every_months = 1", "every_months = 10001")], "schedule: every_months must be 600 or less"),
        ([("below = 150", "below = 1e99999999")], "below must be 100000 or less"),
        ([("percent = 2.6", "percent = nan")], "percent must be a share from 0 to 100"),
        (
            [('readings = ["READ-SURV-23"]', "readings = [[1]]")],
            "readings must be texts",
        ),
        ([("every_months = 1", f"every_months = {'9' * 5000}")], "digits"),
        ([("WHO = 2", "WHO = 11")], "mild_up_to must give each scale a whole grade"),
        ([("every_months = 1", f"every_months = {'[' * 5000}")], "nested too deeply"),
        ([(SOONER[0], f"{SOONER[0]}000")], "months_after_last_infusion must be 600 or less, not 48000"),
        (
            [("overdue_after_days = 35", "overdue_after_days = 30")],
            "overdue_after_days must be 31 or more, not 30",
        ),
        (
            [
                ("every_months = 1", "every_months = 3"),
                ("overdue_after_days = 35", "overdue_after_days = 91"),
            ],
            "overdue_after_days must be 92 or more, not 91",
        ),
        (
            [("previous_within_days = 92", "previous_within_days = 10000000000")],
            "previous_within_days must be 3650 or less",
        ),
        ([("due_soon_within_days = 7", "due_soon_within_days = 3651")], "due_soon_within_days must be 3650"),
        ([("within_hours = 336", "within_hours = 3000000000")], "within_hours must be 10000 or less"),
        ([("from_hours = 48", "from_hours = 73")], "from_hours must not be later than within_hours, not 73"),
        ([("below = 150", "below = 1e30")], "below must be 100000 or less"),
        (
            [("below = 100\n", "below = 1e20\n")],
            r"^ours.toml, line \d+, proposal: below must be 100000 or less, not 1E\+20$",
        ),
        ([("fall_percent = 50", "fall_percent = 101")], "fall_percent must be 100 or less"),
        ([("apart_at_least_days = 1", "apart_at_least_days = 93")], "apart_at_most_days must be 93 or more"),
        ([("symptom_within_days = 14", "symptom_within_days = 9999")], "symptom_within_days must be 3650"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_not_adopted_and_the_place_is_named(
    registry: Database, operator: Actor, changes: list[tuple[str, str]], complaint: str
) -> None:
    with pytest.raises(Unfit, match=complaint):
        protocols.read("ours.toml", copy("ours", *changes))
    with pytest.raises(Refused, match="was not adopted") as refused:
        protocols.adopt(registry, operator, "ours.toml", copy("ours", *changes))
    assert refused.value.problems
    assert protocols.adopted(registry) == []


def test_all_faults_are_told_at_once_in_the_order_of_the_file() -> None:
    text = copy("ours", ("every_months = 1", 'every_months = "one"'), ("below = 150", "under = 150"))
    with pytest.raises(Unfit) as unfit:
        protocols.read("ours.toml", text)
    faults = unfit.value.faults
    rule = "rule 100-to-150: when"  # the key is unknown, and the one that it should have been is missing
    assert [fault.place for fault in faults] == ["schedule", rule, rule]
    assert [fault.line for fault in faults] == sorted(fault.line or 0 for fault in faults)


@pytest.mark.parametrize("name", ["Our Own", "", "a" * 65, "-ours", 'x"\nkind = "y', PUBLISHED])
def test_a_copy_has_no_name_that_could_not_be_adopted(name: str) -> None:
    with pytest.raises(Usage, match=r"id takes up to 64|is the id of a published"):
        protocols.copy_of(PUBLISHED, name)


def test_one_file_has_one_hash_whichever_editor_saved_it() -> None:
    text = copy()
    saved = b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
    assert protocols.text_of("ours.toml", saved) == protocols.text_of("ours.toml", text.encode()) == text
    with pytest.raises(Usage, match="Save it as text in UTF-8"):
        protocols.text_of("ours.toml", text.encode("utf-16"))
    protocols.text_of("ours.toml", b" " * protocols.MOST_BYTES)
    with pytest.raises(Usage, match="too large for a protocol"):
        protocols.text_of("ours.toml", b" " * (protocols.MOST_BYTES + 1))


def test_what_a_copy_changes_is_told_with_its_table_and_line(db: Database, operator: Actor) -> None:
    text = copy("ours", SOONER, TRANSPLANTS)
    (beside,) = protocols.compared(db, protocols.read("ours.toml", text), text)
    assert beside.what == f"the published {PUBLISHED}"
    assert [line for line in beside.lines if line[0] in "-+@"] == [
        "@@ line 8 @@",
        f'-id = "{PUBLISHED}"',
        '+id = "ours"',
        "@@ line 14 @@",
        f"-{TRANSPLANTS[0]}",
        f"+{TRANSPLANTS[1]}",
        "@@ schedule, line 20 @@",
        f"-{SOONER[0]}",
        f"+{SOONER[1]}",
    ]
    protocols.adopt(db, operator, "ours.toml", copy("ours", TRANSPLANTS), ["north"])
    _, again = protocols.compared(db, protocols.read("ours.toml", text), text)
    assert (again.what, [line[0] for line in again.lines]) == ("ours in force", list("@  -+  "))
    assert protocols.differences(text, text) == []


def test_whom_a_file_would_watch_is_told_before_and_holds_after(db: Database, operator: Actor) -> None:
    transplants, same = copy("ours", TRANSPLANTS), copy("same", SOONER)
    asked = (db, operator)
    read = protocols.read
    assert foreseen(*asked, read("f", transplants), ["north"], TODAY) == [Foreseen("north", None, 1)]
    assert foreseen(*asked, read("f", transplants), [], TODAY) == [
        Foreseen("north", None, 1),
        Foreseen("south", None, 1),
    ]
    assert foreseen(*asked, read("f", same), ["south"], TODAY) == [Foreseen("south", PUBLISHED, 1)]
    protocols.adopt(db, operator, "same.toml", same, ["south"])
    assert listed(db, operator, "same") == ["M-south"]
    everywhere = read("f", copy("for-all"))
    assert foreseen(*asked, everywhere, [], TODAY) == [Foreseen("north", PUBLISHED, 1)]  # south has its own
    protocols.adopt(db, operator, "all.toml", copy("for-all"))
    assert listed(db, operator, "for-all") == ["M-north"]
    assert foreseen(*asked, read("f", same), [], TODAY) == []  # for-all was there before
    assert foreseen(*asked, read("f", same), ["north"], TODAY) == [
        Foreseen("north", "for-all", 1),
        Foreseen("south", "same", 1),
    ]
    nurse = Actor("n", {"south": frozenset({Role.NURSE})})
    assert foreseen(db, nurse, read("f", transplants), [], TODAY) == [Foreseen("south", None, 1)]
    with pytest.raises(NotPermitted):
        foreseen(db, Actor("k", {"north": frozenset({Role.ADMIN})}), everywhere, [], TODAY)


def test_a_file_is_offered_for_the_sites_with_patients_that_one_may_configure(
    db: Database, operator: Actor
) -> None:
    assert protocols.sites_to_adopt(db, operator) == ["north", "south"]
    keeper = Actor("k", {"north": frozenset({Role.ADMIN}), "west": frozenset({Role.ADMIN})})
    assert protocols.sites_to_adopt(db, keeper) == ["north"]
    with pytest.raises(NotPermitted):
        protocols.sites_to_adopt(db, Actor("n", {"*": frozenset({Role.NURSE})}))


CHANGES = {
    "settings": (TRANSPLANTS, lambda one: one.settings == ("renal_transplant",)),
    "months": (SOONER, lambda one: one.schedule.months_after_last_infusion == 6),
    "overdue": (
        ("overdue_after_days = 35", "overdue_after_days = 40"),
        lambda one: one.schedule.overdue_after_days == 40,
    ),
    "previous": (
        ("previous_within_days = 92", "previous_within_days = 60"),
        lambda one: one.previous_within_days == 60,
    ),
    "proposal": (
        ("apart_at_most_days = 92", "apart_at_most_days = 30"),
        lambda one: one.confirmation.apart_at_most_days == 30,
    ),
    "contact": (
        ('contact = ["contacted", ', "contact = ["),
        lambda one: sorted(one.measuring.contact) == ["referred", "sent_to_emergency"],
    ),
    "owner": (
        (
            'owner = "nurse"\nwhat = "Repeat the count within 14 days."',
            'owner = "treating_physician"\nwhat = "Repeat the count within 14 days."',
        ),
        lambda one: {rule.id: rule.owner for rule in one.rules}["100-to-150"] == "treating_physician",
    ),
}
PARTS = (
    "settings",
    "schedule",
    "previous_within_days",
    "bleeding",
    "information",
    "outcomes",
    "confirmation",
    "measuring",
    "references",
    "rules",
    "advice_rules",
    "readings",
    "examples",
)


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_copy_changes_what_it_says_and_nothing_else(name: str) -> None:
    change, holds = CHANGES[name]
    published, found = ladder.load(), protocols.read("ours.toml", copy("ours", change))
    assert holds(found)
    different = [part for part in PARTS if getattr(found, part) != getattr(published, part)]
    assert len(different) == 1
    assert (found.id, found.title, found.citation) == ("ours", published.title, published.citation)
