"""A site's own protocol, on the page: a copy taken, a file checked as it comes, adopted, replaced and dropped."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from adjudication.surveillance.ladder import load
from registry import accounts
from registry.roles import Role
from registry.screens import clock
from registry.screens.session import open_registry
from registry.store.database import Database
from registry.surveillance import protocols
from tests.registry.screens import watched
from tests.registry.screens.conftest import Open
from tests.registry.screens.test_home import links
from tests.registry.screens.test_pages import said, sound

PUBLISHED = "alemtuzumab-belgian-2018"
KEEPER, WARDEN = "keeper-north", "warden"
"""A nurse of the north who also administers it, and who administers everything and reads no patient."""


@pytest.fixture
def north(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(clock, "today", lambda db: watched.TODAY)
    path = watched.make(tmp_path / "watched.duckdb")
    with Database.open(path, now=lambda: watched.NOW) as db:
        for name, roles in ((KEEPER, {"north": ["nurse", "admin"]}), (WARDEN, {"*": ["admin"]})):
            accounts.add_account(db, db.actor(None), name, roles, today=date(2026, 3, 31))
    return path


def copy(name: str = "ours", *changes: tuple[str, str]) -> str:
    text = protocols.copy_of(PUBLISHED, name)
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


TITLE = (
    "Management of immune thrombocytopenia in multiple sclerosis patients treated with alemtuzumab: a Belgian "
    "consensus",
    "Our own months",
)
SOONER = ("months_after_last_infusion = 48", "months_after_last_infusion = 12")


def own(opened: Open, path: Path, as_: str) -> AppTest:
    at = sound(opened(path, "protocol", as_=as_, view="own"))
    if at.session_state["protocol view"] != "own":
        sound(at.segmented_control(key="protocol view").set_value("own").run())
    return at


def bring(at: AppTest, text: str | bytes, name: str = "ours.toml") -> AppTest:
    content = text if isinstance(text, bytes) else text.encode()
    return at.file_uploader[0].set_value((name, content, "application/toml")).run()


def words(at: AppTest) -> str:
    return said(at).replace("\\", "")


def buttons(at: AppTest) -> list[str]:
    """The buttons of the page itself."""
    return [one.label.replace("\\", "") for one in at.main.button]


def downloads(at: AppTest) -> list[str]:
    """The files that the page gives."""
    return [str(getattr(one, "label", "")) for one in at.get("download_button")]


def labelled(found: Any, label: str) -> Any:
    (one,) = [one for one in found if getattr(one, "label", "").replace("\\", "").startswith(label)]
    return one


def test_who_may_not_configure_sees_what_is_adopted_by_whom_and_why_and_can_do_nothing(
    opened: Open, north: Path
) -> None:
    with Database.open(north, now=lambda: watched.NOW) as db:
        operator = db.actor(None)
        protocols.adopt(db, operator, "old.toml", copy("old"), ["south"], reason="pilot")
        protocols.drop(db, operator, "old", reason="pilot is over")
        protocols.adopt(db, operator, "ours.toml", copy(), ["north"], reason="protocol **4**")
    for who in (watched.NURSE, watched.SOUTH_NURSE, watched.CLINICIAN):
        at = own(opened, north, who)
        assert "**ours**" in said(at)
        assert "At north: adopted by admin on Tue 31 Mar 2026 09:30: protocol **4**" in words(at)
        assert "protocol \\*\\*4\\*\\*" in said(at)  # as it was typed, never as markup
        (ended,) = at.dataframe[0].value.to_dict("records")
        assert (ended["protocol"], ended["site"], ended["ended_why"]) == ("old", "south", "pilot is over")
        assert ended["ended"] == "dropped Tue 31 Mar 2026 09:30 by admin"
        assert [one.value for one in at.header] == ["In force", "Replaced or dropped"]
        assert not at.file_uploader
        assert not buttons(at)
        assert not at.text_input
        assert not at.get("download_button")


def test_who_administers_and_reads_no_patient_has_the_page_without_a_patient_on_it(
    opened: Open, north: Path
) -> None:
    at = sound(opened(north, "protocol", as_=WARDEN))
    assert at.segmented_control(key="protocol view").options == ["Rules", "Site's own"]
    assert "patients" not in words(at).partition("What a count demands")[0]
    at = sound(at.segmented_control(key="protocol view").set_value("own").run())
    sound(bring(at, copy()))
    sound(labelled(at.multiselect, "Sites").set_value(["north"]).run())
    assert not at.dataframe  # not even in numbers
    sound(labelled(at.button, "Adopt ours at north").click().run())
    assert "ours is in force at north" in words(at)
    assert "Worklist" not in links(at)


def test_a_copy_has_the_name_that_was_chosen_or_is_refused_by_the_rules_of_the_service(
    opened: Open, north: Path
) -> None:
    at = own(opened, north, KEEPER)
    field = at.text_input(key="protocol copy")
    assert "small letters, digits and -" in words(at)
    sound(field.set_value("Our Own").run())
    assert "id takes up to 64 small letters, digits and -, not 'Our Own'" in words(at)
    sound(field.set_value(PUBLISHED).run())
    assert "is the id of a published protocol" in words(at)
    assert not at.get("download_button")
    sound(field.set_value("our-transplants").run())
    assert downloads(at) == ["Download our-transplants.toml"]
    db = open_registry()
    protocols.adopt(db, db.actor(None), "our-transplants.toml", copy("our-transplants"), ["north"])
    sound(at.run())
    assert downloads(at) == ["Download our-transplants.toml as adopted", "Download our-transplants.toml"]


def test_every_problem_of_a_file_is_listed_with_its_line_table_and_key(opened: Open, north: Path) -> None:
    at = own(opened, north, KEEPER)
    text = copy("ours", ("every_months = 1", "every_month = 1"), ("current = 149.999999", "current = 150"))
    bring(at, text)
    assert not at.exception
    assert "ours.toml cannot be adopted: 2 problems" in at.error[0].value.replace("\\", "")
    rows = at.table[0].value.replace({r"\\": ""}, regex=True).to_dict("records")
    unknown = "unknown every_month; did you mean every_months?"
    assert {"Line": "19", "Table": "schedule", "What is wrong": unknown} in rows
    assert {"Line": "18", "Table": "schedule", "What is wrong": "every_months is missing"} in rows
    assert not buttons(at)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (copy().encode("utf-16"), "Save it as text in UTF-8"),
        (b" " * 200_001, "too large for a protocol"),
    ],
)
def test_what_is_no_text_of_a_protocol_is_said(opened: Open, north: Path, content: bytes, says: str) -> None:
    at = bring(own(opened, north, KEEPER), content, "our *file*.toml")
    assert not at.exception
    assert says in at.error[0].value.replace("\\", "")
    assert "*file*" not in at.error[0].value


def test_a_file_is_compared_and_adopted_and_the_worklist_goes_by_it_at_once(
    opened: Open, north: Path
) -> None:
    at = sound(opened(north, "worklist", as_=KEEPER))
    sound(at.pills(key="worklist groups").set_value([]).run())
    assert "Lambert C, et al" in words(at)
    assert "**LATE-1**" in {one.replace("\\", "") for one in links(at)}
    at = sound(at.switch_page("registry/screens/pages/protocol.py").run())
    sound(at.segmented_control(key="protocol view").set_value("own").run())
    sound(bring(at, copy("ours", TITLE, SOONER)))
    assert f"**ours** can be adopted: {len(load().rules)} rules" in words(at)
    diff = at.code[0].value.splitlines()
    assert [line for line in diff if line[0] in "-+@"][-3:] == [
        "@@ schedule, line 20 @@",
        f"-{SOONER[0]}",
        f"+{SOONER[1]}",
    ]
    # she may configure the north alone: the only site stands chosen, all sites are not offered
    assert at.radio[0].options == ["Chosen sites"]
    assert labelled(at.multiselect, "Sites").value == ["north"]
    assert at.dataframe[0].value.to_dict("records") == [{"at": "north", "patients": 3, "now": PUBLISHED}]
    labelled(at.text_input, "Why it is adopted").set_value("protocol 4")
    sound(labelled(at.button, "Adopt ours at north").click().run())
    assert "ours is in force at north for multiple sclerosis." in words(at)
    assert "adopted by keeper-north" in words(at)
    assert at.file_uploader[0].value is None
    sound(at.switch_page("registry/screens/pages/worklist.py").run())
    assert "by Our own months (Lambert C, et al" in words(at)
    db = open_registry()
    row = db.rows("SELECT actor, reason, site FROM audit_event ORDER BY seq DESC LIMIT 1")[0]
    assert row == (KEEPER, "protocol 4", "north")


def test_the_page_of_a_patient_shows_the_new_window_without_a_restart(opened: Open, north: Path) -> None:
    at = sound(opened(north, "watched", as_=KEEPER, patient="NOW-1"))
    assert "6 Jan 2029" in said(at)
    db = open_registry()
    protocols.adopt(db, db.actor(KEEPER), "ours.toml", copy("ours", SOONER), ["north"])
    assert "6 Jan 2026" in said(sound(at.run()))


def test_impatient_clicks_adopt_once(opened: Open, north: Path) -> None:
    at = sound(bring(own(opened, north, KEEPER), copy()))
    states = at._tree.get_widget_states()  # what the browser holds as the person clicks
    states.widgets.append(WidgetState(id=labelled(at.button, "Adopt ours").id, trigger_value=True))
    for _ in range(2):
        at._run(states)
    sound(at)
    assert len(protocols.adopted(open_registry())) == 1


def test_a_second_file_for_a_setting_is_refused_in_words_and_what_was_typed_stays(
    opened: Open, north: Path
) -> None:
    at = own(opened, north, "admin")
    db = open_registry()
    protocols.adopt(db, db.actor(None), "ours.toml", copy(), ["north"])
    bring(at, copy("more"), "more.toml")
    labelled(at.multiselect, "Sites").set_value(["north"])
    labelled(at.text_input, "Why it is adopted").set_value("because")
    at.run()
    labelled(at.button, "Adopt more at north").click().run()
    assert "ours already watches multiple sclerosis at north. Drop it there first." in words(at)
    assert labelled(at.text_input, "Why it is adopted").value == "because"
    assert at.file_uploader[0].value is not None
    assert len(protocols.adopted(db)) == 1
    labelled(at.multiselect, "Sites").set_value([])
    at.run()
    labelled(at.button, "Adopt more").click().run()
    assert "Choose the sites" in words(at)  # never everywhere, for want of a site
    labelled(at.radio, "Where").set_value("All sites").run()
    sound(labelled(at.button, "Adopt more at all sites").click().run())
    assert "more is in force at all sites" in words(at)


def test_who_lost_the_right_meanwhile_adopts_and_drops_nothing(opened: Open, north: Path) -> None:
    at = own(opened, north, KEEPER)
    db = open_registry()
    protocols.adopt(db, db.actor(None), "old.toml", copy("old"), ["north"])
    sound(bring(at, copy()))
    click = labelled(at.button, "Adopt ours at north").click()
    accounts.set_roles(db, db.actor(None), KEEPER, {"north": [Role.NURSE]})
    sound(click.run())  # the controls are gone
    assert not at.file_uploader
    assert [(one.protocol_id, one.ended_at) for one in protocols.adopted(db)] == [("old", None)]


def test_one_drops_with_a_reason_what_one_may_and_takes_a_file_of_before(opened: Open, north: Path) -> None:
    at = own(opened, north, KEEPER)
    db = open_registry()
    protocols.adopt(db, db.actor(None), "ours.toml", copy("ours", SOONER), ["north", "south"])
    protocols.adopt(db, db.actor(None), "ours.toml", copy("ours", SOONER), ["north"], reason="again")
    sound(at.run())
    assert buttons(at) == ["Drop ours at north"]  # the south is not hers
    labelled(at.text_input, "Why ours is dropped at north").set_value("back to the consensus")
    sound(labelled(at.button, "Drop ours at north").click().run())
    assert "ours is no longer in force at north" in words(at)
    assert [(one.site, one.ended_because) for one in protocols.adopted(db)] == [
        ("north", "again"),
        ("south", None),
        ("north", "back to the consensus"),
    ]
    assert list(at.dataframe[0].value["ended"].str.split().str[0]) == ["dropped", "replaced"]
    field = at.selectbox(key="protocol of before")
    sound(field.set_value(field.options[0]).run())
    assert any(label.startswith("Download ours.toml, file ") for label in downloads(at))


def test_the_reviewer_still_has_no_such_page(opened: Open, north: Path) -> None:
    with pytest.raises(ValueError, match="protocol"):
        opened(north, "protocol", as_=watched.READER, view="own")
