"""No response needs time: failure is called when the agents can have worked (DEF-ITP-21, DEF-AIHA-08)."""

import pytest

from adjudication.response.criteria import default
from adjudication.response.terms import Disease, Scale
from tests.spec.builder import aiha, another, bleed, itp, other_cause, red_cells, rescue
from tests.spec.test_attribution import table

ITP_DAYS = """
    prednisolone 14  prednisone 14  methylprednisolone 14  hydrocortisone 14  dexamethasone 14
    ivig 3  anti_d 3  rituximab 56  splenectomy 56
    azathioprine 90  mycophenolate 90  danazol 90  dapsone 90  ciclosporin 90  cyclophosphamide 90
    vincristine 14  vinblastine 14
    eltrombopag 28  hetrombopag 28  avatrombopag 14  romiplostim 14  rhtpo 14
    fostamatinib 56  rilzabrutinib 28  efgartigimod 28  observation 90
"""
AIHA_DAYS = """
    prednisolone 21  prednisone 21  methylprednisolone 21  hydrocortisone 21  dexamethasone 21
    ivig 7  rituximab 56  azathioprine 90  mycophenolate 90  ciclosporin 90
    cyclophosphamide 60  splenectomy 28  sutimlimab 28  observation 90
"""


def test_the_tables_name_every_agent_that_has_a_day() -> None:
    """No agent of the criteria goes untried here."""
    for disease, text in ((Disease.ITP, ITP_DAYS), (Disease.AIHA, AIHA_DAYS)):
        assert dict(table(text)) == default(disease).sections["earliest_failure"]["days"]


@pytest.mark.parametrize(("agent", "day"), table(ITP_DAYS))
def test_two_failing_counts_are_no_response_from_the_day_on_which_the_agent_can_have_worked(
    agent: str, day: int
) -> None:
    """The second of them lies on that day or later; a day earlier it is too early to tell."""
    call = itp(agent, baseline=10, counts={day - 1: 12, day: 12})
    assert (call.best_response, call.reason) == ("NR", "failing_confirmed")
    assert "DEF-ITP-21" in call.readings
    early = itp(agent, baseline=10, counts={day - 2: 12, day - 1: 12})
    assert (early.best_response, early.reason) == ("NE", "too_early")


@pytest.mark.parametrize(("agent", "day"), table(AIHA_DAYS))
def test_the_same_of_hemoglobin(agent: str, day: int) -> None:
    """Corticosteroids need three weeks (DEF-AIHA-08)."""
    call = aiha(agent, baseline=60, counts={day - 1: 62, day: 62})
    assert (call.best_response, call.reason, "DEF-AIHA-08" in call.readings) == (
        "NR",
        "failing_confirmed",
        True,
    )
    early = aiha(agent, baseline=60, counts={day - 2: 62, day - 1: 62})
    assert (early.best_response, early.reason) == ("NE", "too_early")


def test_an_agent_without_a_day_of_its_own_has_half_its_limit() -> None:
    """Bortezomib has the default limit, nipocalimab 84 days; a combination has the longest."""
    for agents, day in (
        (("bortezomib",), 90),
        (("nipocalimab",), 42),
        (("prednisolone", "rituximab"), 56),
        (("prednisolone", "bortezomib"), 90),
    ):
        assert itp(*agents, baseline=10, counts={day - 1: 12, day: 12}).best_response == "NR"
        assert itp(*agents, baseline=10, counts={day - 2: 12, day - 1: 12}).reason == "too_early"


def test_a_passing_run_that_nothing_followed_is_unconfirmed_whatever_failed_before_it() -> None:
    """12 and 12, then 80: not yet a response, no longer a failure."""
    call = itp(baseline=10, counts={13: 12, 14: 12, 16: 80})
    assert (call.best_response, call.reason) == ("NE", "unconfirmed")
    assert itp(baseline=10, counts={13: 12, 14: 12, 16: 80, 20: 15}).reason == "failing_confirmed"


def test_a_passing_run_that_began_late_does_not_hide_a_failure() -> None:
    """A single good count of day 29 under prednisolone is no response of it."""
    call = itp(baseline=10, counts={13: 12, 14: 12, 29: 80})
    assert (call.best_response, call.reason) == ("NR", "failing_confirmed")


def test_the_last_pair_that_begins_within_the_limit_is_cited() -> None:
    """Else the last one at all."""
    call = itp(baseline=10, counts={13: 12, 14: 11, 20: 10, 28: 9, 40: 8, 50: 7})
    assert call.evidence[-2:] == (("failing", 28), ("failing_confirming", 40))
    late = itp(baseline=10, counts={40: 8, 50: 7, 60: 6})
    assert late.evidence[-2:] == (("failing", 50), ("failing_confirming", 60))


def test_a_pair_of_failures_is_consecutive_but_for_what_is_set_aside() -> None:
    """A washed-out count between them is not there; one that cannot be judged parts them."""
    washed = itp(baseline=10, counts={10: 12, 15: 150, 70: 12}, happened=[rescue(14, "procedure")])
    assert washed.reason == "failing_confirmed"
    assert itp(counts={14: 12, 15: 60, 16: 12}).reason == "baseline_missing"


@pytest.mark.parametrize(("apart", "flagged"), [(90, False), (91, True)])
def test_a_pair_that_lies_far_apart_is_flagged(apart: int, flagged: bool) -> None:
    """More than 90 days."""
    call = itp(baseline=10, counts={14: 12, 14 + apart: 12})
    assert (call.reason, "long_gap" in call.flags) == ("failing_confirmed", flagged)


@pytest.mark.parametrize("reason", ["inefficacy", "relapse"])
def test_a_next_course_for_inefficacy_or_relapse_needs_no_waiting_and_no_pair(reason: str) -> None:
    """A clinician judged it; the last assessment must fail."""
    call = itp("rituximab", baseline=10, counts={5: 12}, others=[another(6, reason)])
    assert (call.best_response, call.reason) == ("NR", "next_course_for_inefficacy")
    good = itp("rituximab", baseline=10, counts={5: 12, 6: 60}, others=[another(6, reason)])
    assert (good.best_response, good.reason) == ("NE", "unconfirmed")
    assert (
        itp("rituximab", baseline=10, counts={5: 12}, others=[another(6, "toxicity")]).reason == "too_early"
    )


def test_a_stop_for_inefficacy_needs_no_waiting_and_no_pair() -> None:
    """As for a next course; a stop for another reason says nothing."""
    call = itp(baseline=10, counts={5: 12}, stopped=6, stop_reason="inefficacy")
    assert (call.best_response, call.reason) == ("NR", "stopped_for_inefficacy")
    assert itp(baseline=10, counts={5: 12}, stopped=6, stop_reason="toxicity").reason == "too_early"
    assert itp(baseline=10, counts={}, stopped=6, stop_reason="inefficacy").reason == "no_counts"
    good = itp(baseline=10, counts={5: 12, 6: 60}, stopped=6, stop_reason="inefficacy")
    assert good.reason == "unconfirmed"


@pytest.mark.parametrize(("day", "reason"), [(34, ""), (35, "stopped_for_inefficacy")])
def test_what_begins_too_long_after_a_stop_for_inefficacy_is_not_attributed(day: int, reason: str) -> None:
    """Stopped on day 20 of eltrombopag, which can work until day 48 of it (DEF-ITP-22)."""
    facts = {"baseline": 10, "stopped": 20, "stop_reason": "inefficacy"}
    call = itp("romiplostim", counts={7: 12, day: 60, day + 7: 60}, **facts)
    assert (call.best_response, call.reason) == ("R" if not reason else "NR", reason)
    alone = itp("romiplostim", counts={7: 12, day: 60}, **facts)
    assert alone.reason == (reason or "unconfirmed")


@pytest.mark.parametrize(
    ("scale", "grade", "reason"),
    [
        (Scale.WHO, 4, "died_failing"),
        (Scale.WHO, 3, "too_early"),
        (Scale.CTCAE, 5, "died_failing"),
        (Scale.CTCAE, 4, "too_early"),
        (Scale.ITP_BAT, 5, "died_failing"),
        (Scale.ITP_BAT, 4, "too_early"),
    ],
)
def test_who_died_of_a_bleed_while_failing_did_not_respond(scale: Scale, grade: int, reason: str) -> None:
    """Only the gravest grade of each scale; a bleed that was survived is a failing assessment like any other."""
    fatal = [bleed(4, grade=grade, scale=scale)]
    assert itp(baseline=10, counts={3: 8}, happened=fatal, died=5).reason == reason
    assert itp(baseline=10, counts={3: 8}, happened=fatal).reason == "too_early"


@pytest.mark.parametrize(("died", "reason"), [(6, "died_failing"), (13, "died_failing"), (14, "too_early")])
def test_death_lies_within_seven_days_after_the_bleeds_last_recorded_day(died: int, reason: str) -> None:
    """Or during it."""
    call = itp(baseline=10, counts={3: 8}, happened=[bleed(4, until=6, grade=4)], died=died)
    assert call.reason == reason


def test_death_after_a_good_count_is_no_failure_to_respond() -> None:
    """The last assessment must fail."""
    happened = [bleed(4, grade=4)]
    assert itp(baseline=10, counts={6: 60}, happened=happened, died=8).reason == "unconfirmed"


def test_what_another_cause_explains_wholly_is_not_evaluable() -> None:
    """Sepsis from day 10 to day 30; a count after it speaks again (DEF-ITP-24)."""
    sepsis = other_cause(10, 30, of="ITP")
    call = itp(baseline=10, counts={15: 12, 20: 12}, happened=[sepsis])
    assert (call.best_response, call.reason, "DEF-ITP-24" in call.readings) == ("NE", "other_cause", True)
    after = itp(baseline=10, counts={15: 12, 31: 12, 32: 12}, happened=[sepsis])
    assert after.reason == "failing_confirmed"
    anemia = aiha(baseline=60, counts={21: 62, 25: 62}, happened=[other_cause(10, 30)])
    assert anemia.reason == "other_cause"


def test_another_cause_excuses_a_rescue_for_a_low_count_and_no_bleed() -> None:
    """In anemia it excuses red cells; good counts count."""
    sepsis = other_cause(10, 30, of="ITP")
    assert itp(baseline=10, happened=[sepsis, rescue(15, "low_count")]).reason == "other_cause"
    assert itp(baseline=10, happened=[sepsis, bleed(15), bleed(16)]).reason == "failing_confirmed"
    assert itp(baseline=10, counts={15: 60, 22: 60}, happened=[sepsis]).best_response == "R"
    assert (
        aiha(baseline=60, happened=[other_cause(10, 30), red_cells(21), red_cells(22)]).reason
        == "other_cause"
    )


def test_red_cells_obey_the_same_clock() -> None:
    """Two transfusions on the first days of prednisolone are no failure of it."""
    assert aiha(baseline=60, happened=[red_cells(1), red_cells(2)]).reason == "too_early"
    assert aiha(baseline=60, happened=[red_cells(20), red_cells(21)]).reason == "failing_confirmed"


def test_counts_that_were_all_washed_out_say_so_even_beside_an_event() -> None:
    """A rescue for a low count on day 20 fails; every count lies in its wash-out."""
    call = itp(baseline=10, counts={25: 60, 32: 60}, happened=[rescue(20, "low_count")])
    assert (call.best_response, call.reason) == ("NE", "rescue_confounded")
