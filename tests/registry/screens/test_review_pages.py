"""The readers' pages: the queue, a case read and signed, a dispute settled, a committee, and what came of it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from registry import record, review
from registry.accounts import credentials, passwords
from registry.accounts.service import reset
from registry.errors import Busy
from registry.screens.session import open_registry
from registry.store.database import Database
from tests.conftest import NOW, Clock
from tests.registry.reviewing import READERS, House, judged
from tests.registry.screens.conftest import Open
from tests.registry.screens.test_pages import said, sound

SECRET = "four words for reading"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry with a case for each course, closed; its readers have a password."""
    path: Path = tmp_path_factory.mktemp("reviewed") / "reviewed.duckdb"
    with judged(path, Clock(NOW)) as one:
        for course in ("C1", "C2", "C3", "C4"):
            review.challenge(one.db, one.who("clinician"), course, "Is that so?")
        one.open()
        for name in READERS:
            code = reset(one.db, one.db.actor(None), name)
            credentials.choose(one.db, name, passwords.code_digest(code), SECRET)
    return path


@pytest.fixture
def house(made: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    for file in made.parent.glob(f"{made.name}*"):
        shutil.copy(file, tmp_path / file.name)
    return tmp_path / made.name


@contextmanager
def registry_at(path: Path) -> Iterator[Database]:
    """The registry, as the app has it open or by itself."""
    try:
        with Database.open(path) as db:
            yield db
    except Busy:
        yield open_registry()


def done(path: Path, *acts: tuple[str, str]) -> str:
    """What others did before the page is opened: (reader, level) on the case of C1; gives its name."""
    with registry_at(path) as db:
        one = House(db)
        case = one.cases()["C1"]
        for name, level in acts:
            one.read(name, case, level, "2025-01-12" if level in ("CR", "R") else None)
    return case


def page(opened: Open, path: Path, address: str, who: str, case: str = "") -> AppTest:
    at = opened(path, as_=who)
    if case:
        at.query_params["case"] = case
    return at.switch_page(f"registry/screens/pages/{address}.py").run()


def unescaped(at: AppTest) -> str:
    """All words of a page as they are read."""
    return said(at).replace("\\", "")


def press(at: AppTest, label: str) -> AppTest:
    [button] = [one for one in at.button if one.label == label]
    return button.click().run()


def fill(at: AppTest, **texts: str) -> AppTest:
    """Fill in the fields of the judgement, by the words of their labels."""
    for name, text in texts.items():
        label = review.LABELS[name]
        if name in ("level", "confidence"):
            [pills] = [one for one in at.pills if one.label.startswith(label)]
            at = pills.set_value(text).run()
        elif name in ("reason", "note"):
            [area] = [one for one in at.text_area if one.label.startswith(label)]
            at = area.set_value(text).run()
        else:
            [field] = [one for one in at.text_input if one.label.startswith(label)]
            at = field.set_value(text).run()
    return sound(at)


def sign(at: AppTest, password: str = SECRET, label: str = "Sign") -> AppTest:
    [field] = [one for one in at.text_input if one.label.startswith("Your password")]
    field.set_value(password)
    return press(at, label)


def rows(query: str) -> list[tuple[object, ...]]:
    return open_registry().rows(query)


# The queue


def test_the_queue_is_the_readers_own_and_the_next_case_is_one_press_away(opened: Open, house: Path) -> None:
    at = sound(page(opened, house, "cases", "reader-1"))
    actor = open_registry().actor("reader-1")
    order = [one.case_id for one in review.queue(open_registry(), actor)]
    listed = [one.label.split(" · ")[0] for one in at.button if one.label.startswith("case-")]
    assert listed == order
    at = sound(press(at, "Read the next case"))
    assert at.query_params["case"] == order[0]
    assert "Case: " in at.title[0].value
    at = sound(page(opened, house, "cases", "reader-1"))
    assert "Started by you" in [one.value for one in at.header]


def test_home_leads_a_reader_to_the_cases(opened: Open, house: Path) -> None:
    at = sound(opened(house, as_="reader-1"))
    assert [one.proto.page for one in at.get("page_link") if one.proto.label == "Open the list"] == ["cases"]


@pytest.mark.parametrize("address", ["cases", "case", "dispute", "committee", "signed"])
def test_who_does_not_review_has_no_such_page(opened: Open, house: Path, address: str) -> None:
    with pytest.raises(ValueError, match=address):
        page(opened, house, address, "nurse")


@pytest.mark.parametrize("address", ["case", "dispute", "committee", "outcome"])
@pytest.mark.parametrize("case", ["", "case-none"])
def test_a_page_about_no_case_says_what_to_do(opened: Open, house: Path, address: str, case: str) -> None:
    at = sound(page(opened, house, address, "reader-1", case))
    assert len(at.info) + len(at.warning) == 1


# Reading


def test_a_case_is_read_beside_its_packet_and_signed_with_the_own_password(opened: Open, house: Path) -> None:
    case = done(house)
    at = sound(page(opened, house, "case", "reader-1", case))
    at = sound(press(at, "Claim it"))
    told = said(at)
    assert "shifted by the same number" in told
    assert "I read this case alone" in told
    assert "P1" not in told
    assert [tab.label for tab in at.tabs][:2] == ["Counts (7)", "Courses (2)"]
    assert len(at.get("vega_lite_chart")) == 1
    assert at.get("download_button") == []
    at = fill(at, level="CR", onset_on="d10", confidence="high", reason="Two counts above 100.")
    assert "day 10 · 110 ×10⁹/L" in said(at).replace("\\", "")
    at = sign(at, "not my password")
    assert "not accepted" in at.error[0].value
    assert rows("SELECT count(*) FROM review_read") == [(0,)]
    at = sound(sign(at))
    assert f"Your judgment of {case} is final" in said(at).replace("\\", "")
    assert rows("SELECT level, onset_on::VARCHAR, method FROM review_read") == [
        ("CR", "2025-01-12", "password")
    ]
    assert SECRET not in str(at.session_state._state.filtered_state)
    at = sound(press(at, "Read the next case"))
    assert at.query_params["case"] != case


def test_what_was_typed_comes_back_after_f5_and_when_somebody_returns(opened: Open, house: Path) -> None:
    case = done(house)
    at = press(page(opened, house, "case", "reader-1", case), "Claim it")
    at = fill(at, level="R", onset_on="d10", note="to be continued")
    revision = open_registry().revision
    at = sound(page(opened, house, "case", "reader-1", case))
    assert open_registry().revision == revision
    [note] = [one for one in at.text_area if one.label == "Note"]
    assert note.value == "to be continued"
    assert [one.value for one in at.text_input if one.label.startswith("Response began")] == ["d10"]
    at = sound(press(at, "Save and close"))
    assert at.title[0].value == "Cases"
    assert "something is filled in" in said(at)
    at = sound(press(at, "Give back"))
    at = press(page(opened, house, "case", "reader-1", case), "Claim it")
    assert [one.value for one in at.text_area if one.label == "Note"] == ["to be continued"]


def test_a_day_that_does_not_exist_is_told_at_its_field(opened: Open, house: Path) -> None:
    case = done(house)
    at = press(page(opened, house, "case", "reader-1", case), "Claim it")
    at = fill(at, level="CR", onset_on="31/02/2025")
    assert "has no day 31" in said(at)


def test_fields_are_asked_only_where_they_make_sense(opened: Open, house: Path) -> None:
    case = done(house)
    at = press(page(opened, house, "case", "reader-1", case), "Claim it")

    def days(at: AppTest) -> list[str]:
        return [one.label.split(" (")[0].rstrip(" *") for one in at.text_input][:-1]

    assert days(at) == []
    assert days(fill(at, level="NR")) == []
    assert days(fill(at, level="R")) == ["Response began on", "Relapse on"]
    assert days(fill(at, level="CR")) == ["Response began on", "Complete response lost on", "Relapse on"]


def test_what_cannot_be_meant_is_said_at_its_field_and_nothing_is_signed(opened: Open, house: Path) -> None:
    case = done(house)
    at = press(page(opened, house, "case", "reader-1", case), "Claim it")
    at = sign(fill(at, level="R", onset_on="d10", relapsed_on="d5"))
    assert [str(one.value) for one in at.exception] == []
    assert at.error[0].value.startswith("Nothing is signed yet. 2 fields need")
    captions = " ".join(one.value for one in at.caption)
    assert "Enter a date after the onset" in captions
    assert "Choose one of high" in captions
    assert rows("SELECT count(*) FROM review_read") == [(0,)]


def test_an_impatient_reader_signs_once(opened: Open, house: Path) -> None:
    case = done(house)
    at = fill(press(page(opened, house, "case", "reader-1", case), "Claim it"), level="NR", confidence="low")
    [field] = [one for one in at.text_input if one.label.startswith("Your password")]
    field.set_value(SECRET)
    [button] = [one for one in at.button if one.label == "Sign"]
    button.click()
    at = sound(at.run())
    button.root = at._tree
    button.click()
    at = at.run()
    assert [str(one.value) for one in at.exception] == []
    assert rows("SELECT count(*) FROM review_read") == [(1,)]


def test_neither_reader_finds_a_trace_of_the_other_or_of_the_machine(opened: Open, house: Path) -> None:
    def seen() -> list[str]:
        """All that stands on the pages of reader 2, but for how often the whole registry was changed."""
        pages = [page(opened, house, "case", "reader-2", case), page(opened, house, "cases", "reader-2")]
        words = "\n".join(unescaped(sound(at)) for at in pages)
        return [line for line in words.splitlines() if "registry at change" not in line]

    case = done(house)
    sound(press(page(opened, house, "case", "reader-2", case), "Claim it"))
    before = seen()
    done(house, ("reader-1", "NR"))
    assert seen() == before
    assert "reader-1" not in str(before)


def test_a_question_about_a_value_goes_without_a_name(opened: Open, house: Path) -> None:
    case = done(house)
    at = press(page(opened, house, "case", "reader-1", case), "Claim it")
    [row] = [one for one in at.selectbox if one.label == "About"]
    at = row.select_index(0).run()
    [text] = [one for one in at.text_area if one.label == "Question"]
    at = text.set_value("Is it so?").run()
    at = sound(press(at, "Ask"))
    assert "Asked: Count" in unescaped(at)
    db = open_registry()
    [query] = review.queries(db, db.actor("nurse"))
    assert query.raised_by is None


# Disputes


def test_a_third_reader_sees_both_nameless_and_settles_with_a_reason(opened: Open, house: Path) -> None:
    case = done(house, ("reader-1", "CR"), ("reader-2", "R"))
    at = sound(page(opened, house, "cases", "reader-3"))
    sound(press(at, f"Claim {case}"))
    at = sound(page(opened, house, "dispute", "reader-3", case))
    told = said(at)
    assert "Judgment 1" in told
    assert "**Response**" in told, "what they differ in is marked"
    assert "reader\\-" not in told
    at = sign(fill(at, level="CR", onset_on="d10", confidence="high"))
    assert "required to settle a dispute" in " ".join(one.value for one in at.caption)
    at = sound(sign(fill(at, reason="Two counts.")))
    assert "two of three agree" in said(at)
    assert rows("SELECT level, reached_by FROM review_decision") == [("CR", "third_reader")]
    at = sound(page(opened, house, "outcome", "reader-3", case))
    assert at.metric[0].value == "CR"
    assert "The automated call" in " ".join(one.value for one in at.header)
    assert "You, third reader" in said(at)
    at = sound(page(opened, house, "outcome", "clinician", case))
    assert "reader\\-1, read alone" in said(at)
    assert "course C1" in said(at)


def test_an_outcome_is_nobodys_business_before_the_decision(opened: Open, house: Path) -> None:
    case = done(house, ("reader-1", "CR"))
    for name in ("reader-1", "reader-2", "clinician"):
        told = said(sound(page(opened, house, "outcome", name, case)))
        assert "no outcome to show" in told


def test_a_committee_is_called_votes_and_votes_again_without_a_majority(opened: Open, house: Path) -> None:
    case = done(house, ("reader-1", "CR"), ("reader-2", "R"))
    at = press(page(opened, house, "dispute", "reader-3", case), "Claim it")
    at = sound(sign(fill(at, level="NR", confidence="low", reason="Neither.")))
    assert "a committee is needed" in said(at)
    [members] = at.multiselect
    at = members.set_value(list(READERS[:3])).run()
    assert "2 must vote, 2 must agree" in said(at)
    at = sound(press(at, "Call the committee"))
    assert "your vote is needed" in said(at)
    for name, level in (("reader-1", "CR"), ("reader-2", "NR")):
        at = sound(page(opened, house, "committee", name, case))
        texts = {"level": level, "confidence": "high", "reason": "So."}
        at = fill(at, **(texts | {"onset_on": "d10"} if level == "CR" else texts))
        at = sound(sign(at, label="Sign the vote"))
    assert "Your vote on" in said(at)
    at = sound(page(opened, house, "committee", "reader-3", case))
    assert "Enough members have voted" in said(at)
    at = sound(press(at, "Count the votes"))
    assert "ended without a decision, so all members vote" in said(at)
    for name in ("reader-1", "reader-2"):
        at = sound(page(opened, house, "committee", name, case))
        assert "Voting 2" in said(at)
        at = sound(sign(fill(at, level="NR", confidence="low", reason="Now so."), label="Sign the vote"))
    at = sound(page(opened, house, "committee", "reader-3", case))
    sound(press(at, "Count the votes"))
    assert rows("SELECT level, reached_by FROM review_decision") == [("NR", "committee")]


def test_a_vote_that_was_begun_comes_back(opened: Open, house: Path) -> None:
    case = done(house, ("reader-1", "CR"), ("reader-2", "R"))
    with Database.open(house) as db:
        third = db.actor("reader-3")
        review.claim(db, third, case)
        review.convene(db, third, case, READERS[:3])
    fill(page(opened, house, "committee", "reader-1", case), level="NR", reason="Begun.")
    at = sound(page(opened, house, "committee", "reader-1", case))
    assert [one.value for one in at.text_area if one.label.startswith("Reason")] == ["Begun."]
    at = sound(opened(house, as_="reader-1"))
    assert "Not saved yet" not in said(at)


# What was signed


def test_what_was_signed_is_told_with_its_decision_and_with_what_changed_since(
    opened: Open, house: Path
) -> None:
    at = sound(page(opened, house, "signed", "reader-1"))
    assert "signed nothing yet" in said(at)
    done(house, ("reader-1", "CR"))
    told = said(sound(page(opened, house, "signed", "reader-1")))
    assert "1 signature" in told
    assert "not decided yet" in told
    done(house, ("reader-2", "CR"))
    told = said(sound(page(opened, house, "signed", "reader-1")))
    assert "decided: two readers agree" in told
    with registry_at(house) as db:
        count = {"patient_id": "P1", "observation_id": "O3"}
        record.amend(db, db.actor(None), "observation", count, {"value": "141"}, "misread", 1)
        review.rejudge(db, db.actor(None))
    at = sound(page(opened, house, "signed", "reader-1"))
    assert "The signed version differs" in said(at)
    assert "no longer applies" in said(at)
    assert "141" in str(at.dataframe[0].value.values)


def test_a_case_that_is_held_by_another_two_is_said_so(opened: Open, house: Path) -> None:
    with Database.open(house) as db:
        case = House(db).cases()["C1"]
        for name in READERS[:2]:
            review.claim(db, db.actor(name), case)
    at = sound(page(opened, house, "case", "reader-3", case))
    assert "Claim this case first" in said(at) or "You have not claimed" in said(at)
    at = press(at, "Claim it")
    assert "Another reviewer has claimed" in at.error[0].value
