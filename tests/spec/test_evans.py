"""Evans syndrome: each lineage by its own criteria, and what treatment of one does to the other (DEF-EV-02)."""

import pytest

from tests.spec.builder import Another, Call, aiha, another, itp

HELD = {7: 60, 14: 60}
RISEN = {14: 100, 21: 100}
BOTH = """
    prednisolone dexamethasone ivig rituximab mycophenolate azathioprine ciclosporin cyclophosphamide
    splenectomy danazol dapsone vincristine bortezomib fostamatinib rilzabrutinib efgartigimod sutimlimab
    sovleplenib nipocalimab tacrolimus
"""
PLATELETS_ALONE = """
    eltrombopag romiplostim avatrombopag hetrombopag anti_d
"""


def with_course_for_anemia(agent: str, day: int = 40) -> Call:
    return itp(baseline=10, counts={**HELD, 60: 20, 61: 20}, others=[for_anemia(day, agent)])


def with_course_for_itp(agent: str, day: int = 40) -> Call:
    course = another(day, "relapse", agent, disease="ITP")
    return aiha(baseline=60, counts={**RISEN, 60: 70, 61: 70}, others=[course])


def for_anemia(day: int, *agents: str) -> Another:
    return another(day, "relapse", *agents, disease="AIHA")


@pytest.mark.parametrize(
    "agent",
    BOTH.split(),
)
def test_a_course_for_the_other_lineage_that_acts_on_this_one_ends_follow_up(agent: str) -> None:
    """What follows cannot be attributed; an agent that nobody listed is taken to act on both."""
    for call in (with_course_for_anemia(agent), with_course_for_itp(agent)):
        assert (call.relapsed, call.duration, call.censored_by) == (None, 7, "other_lineage_course")
        assert "DEF-EV-02" in call.readings


@pytest.mark.parametrize(
    "agent",
    PLATELETS_ALONE.split(),
)
def test_what_acts_on_platelets_alone_leaves_a_hemoglobin_alone(agent: str) -> None:
    """The relapse of day 60 is this course's own."""
    call = with_course_for_itp(agent)
    assert (call.relapsed, "DEF-EV-02" in call.readings) == (60, False)


def test_watching_the_other_lineage_ends_nothing() -> None:
    """Nothing was given."""
    assert with_course_for_anemia("observation").relapsed == 60
    assert with_course_for_itp("observation").relapsed == 60


def test_one_agent_that_acts_on_both_is_enough() -> None:
    """Eltrombopag with prednisolone."""
    course = another(40, "relapse", "eltrombopag", "prednisolone", disease="ITP")
    call = aiha(baseline=60, counts={**RISEN, 60: 70, 61: 70}, others=[course])
    assert call.censored_by == "other_lineage_course"


def test_the_reason_of_the_other_lineages_course_says_nothing_of_this_response() -> None:
    """A relapse of the anemia is no relapse of the platelets, nor is inefficacy a failure."""
    lost = another(40, "inefficacy", disease="AIHA")
    assert itp(baseline=10, counts={15: 20}, others=[lost]).reason == "unconfirmed"
    call = itp(baseline=10, counts={**HELD, 30: 20}, others=[lost])
    assert (call.relapsed, "unconfirmed_loss" in call.flags) == (None, True)


def test_courses_for_both_lineages_begun_on_one_day_do_not_end_each_other() -> None:
    """Both answer to the same agents from the same day."""
    assert with_course_for_anemia("prednisolone", day=0).relapsed == 60
    assert with_course_for_itp("prednisolone", day=0).relapsed == 60


def test_the_count_on_the_day_of_the_other_lineages_course_is_still_this_courses() -> None:
    """It is drawn before the first dose."""
    assert itp(baseline=10, counts=HELD, others=[for_anemia(14)]).best_response == "R"
    assert itp(baseline=10, counts=HELD, others=[for_anemia(13)]).best_response == "NE"


def test_an_earlier_course_for_the_other_lineage_leaves_this_one_its_window() -> None:
    """Only what begins later ends it."""
    assert with_course_for_anemia("rituximab", day=-10).relapsed == 60


def test_transfusions_and_other_causes_belong_to_their_lineage() -> None:
    """Each is told in its own chapter; here both courses of one patient, judged apart."""
    others = [for_anemia(0, "prednisolone")]
    call = itp(baseline=10, counts=HELD, others=others)
    assert (call.best_response, call.baseline) == ("R", 10)
