"""Watching, and courses that are meant to hold a response (DEF-LINE-02, DEF-LINE-03, DEF-LINE-08)."""

from tests.spec.builder import CLEAN, aiha, another, itp, itp_courses


def test_a_course_meant_to_hold_a_response_that_is_not_there_is_judged_like_any_other() -> None:
    """Its name makes no response and hides no failure."""
    assert itp(intent="maintenance", baseline=10, counts={7: 60, 14: 60}).best_response == "R"
    assert itp(intent="maintenance", baseline=10, counts={14: 12, 15: 12}).best_response == "NR"
    assert itp(reason="steroid_sparing", baseline=10, counts={7: 60, 14: 60}).best_response == "R"


def test_a_response_while_watching_is_spontaneous() -> None:
    """The only home of a spontaneous response."""
    call = itp("observation", baseline=10, counts={100: 150, 107: 150})
    assert (call.best_response, "spontaneous" in call.flags) == ("CR", True)
    assert "DEF-LINE-03" in call.readings
    anemia = aiha("observation", baseline=60, counts={100: 135, 107: 135}, markers={104: CLEAN})
    assert (anemia.best_response, anemia.flags, "DEF-LINE-03" in anemia.readings) == (
        "CR",
        {"spontaneous"},
        True,
    )


def test_watching_without_a_response_is_not_spontaneous() -> None:
    """The reading is there, the flag is not."""
    call = itp("observation", baseline=10, counts={89: 10, 90: 10})
    assert (call.best_response, "spontaneous" in call.flags) == ("NR", False)
    assert "DEF-LINE-03" in call.readings


def test_a_response_to_an_agent_is_not_spontaneous() -> None:
    """However late or unlikely."""
    assert "spontaneous" not in itp(baseline=10, counts={7: 60, 14: 60}).flags


def test_watching_after_an_active_course_is_a_note_and_never_judged() -> None:
    """Whatever the counts do under it; it has no flag and no response."""
    counts = {7: 60, 14: 60, 41: 150, 100: 150, 107: 150}
    others = [another(40, "other", "observation")]
    course, note = itp_courses(baseline=10, counts=counts, others=others)
    assert (note.best_response, note.reason) == ("NE", "observation_after_treatment")
    assert note.flags == {"baseline_missing"}
    assert (note.held_until, note.lost_on, note.onset, "DEF-LINE-08" in note.readings) == (
        None,
        None,
        None,
        True,
    )
    assert (course.best_response, course.duration) == ("CR", 100)


def test_watching_in_a_new_episode_is_no_note() -> None:
    """The active course was of an episode that is over."""
    others = [another(400, "not_recorded", "observation", episode=2)]
    counts = {7: 20, 14: 20, 400: 10, 500: 60, 507: 60}
    assert itp_courses(baseline=10, counts=counts, others=others)[1].best_response == "R"


def test_watching_after_an_active_course_ends_neither_the_response_nor_its_window() -> None:
    """Watch and wait is then a note: the response goes on, and can be lost, under it."""
    watching = [another(40, "other", "observation", intent="observation")]
    kept = itp(baseline=10, counts={7: 60, 14: 60, 100: 60}, others=watching)
    assert (kept.best_response, kept.duration, kept.censored_by) == ("R", 93, "last_count")
    lost = itp(baseline=10, counts={7: 60, 14: 60, 100: 5, 101: 5}, others=watching)
    assert (lost.relapsed, lost.status) == (100, "event")


def test_the_course_after_a_note_of_watching_is_the_next_one() -> None:
    """Its day and its reason end the window, not those of the note."""
    others = [
        another(40, "other", "observation", intent="observation"),
        another(90, "relapse", "rituximab"),
    ]
    call = itp(baseline=10, counts={7: 60, 14: 60, 88: 60}, others=others)
    assert (call.best_response, call.relapsed) == ("R", 90)


def test_an_active_course_ends_the_watching_before_it() -> None:
    """The first watch and wait of an episode is a course; an active one after it ends it."""
    others = [another(40, "first_line", "prednisolone")]
    call = itp("observation", baseline=10, counts={7: 60, 14: 60, 50: 70}, others=others)
    assert (call.best_response, call.duration, call.censored_by) == ("R", 7, "next_course")
