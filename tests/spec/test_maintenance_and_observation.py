"""Courses that are not meant to bring a response: started in response, or watching (DEF-LINE-02, DEF-LINE-03)."""

from tests.spec.builder import CLEAN, aiha, another, itp


def test_a_maintenance_course_is_not_evaluable() -> None:
    """What it holds was there before."""
    call = itp("eltrombopag", intent="maintenance", baseline=120, counts={7: 150, 14: 150})
    assert (call.best_response, call.reason) == ("NE", "maintenance_course")
    assert "DEF-LINE-02" in call.readings
    anemia = aiha("mycophenolate", intent="maintenance", baseline=125, counts={14: 130, 21: 130})
    assert (anemia.best_response, anemia.reason) == ("NE", "maintenance_course")


def test_a_maintenance_course_has_a_baseline_and_nothing_else() -> None:
    """No onset, no loss, no fixed-time outcomes, no time in response, no pivot."""
    call = itp("eltrombopag", intent="maintenance", baseline=120, counts={7: 150, 14: 150, 30: 5, 31: 5})
    assert (call.baseline, call.onset, call.relapsed, call.status) == (120, None, None, "none")
    assert (call.er_7d, call.ir_1m, call.in_response_days, call.observed_days) == (None, None, 0, 0)
    assert (call.evidence, call.pivot) == ((("baseline", 0),), None)


def test_a_maintenance_course_has_no_flag_but_a_missing_baseline() -> None:
    """Thrombocytosis, say, is not flagged."""
    counts = {7: 500, 14: 500}
    assert itp(intent="maintenance", baseline=120, counts=counts).flags == frozenset()
    assert itp(intent="maintenance", counts=counts).flags == {"baseline_missing"}


def test_a_maintenance_course_ends_the_course_before_it() -> None:
    """Begun to come off corticosteroids, it censors."""
    others = [another(40, "steroid_sparing", "eltrombopag", intent="maintenance")]
    call = itp(baseline=10, counts={7: 60, 14: 60}, others=others)
    assert (call.best_response, call.censored_by) == ("R", "next_course")


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
    """The reading stands, the flag does not."""
    call = itp("observation", baseline=10, counts={5: 10, 6: 10})
    assert (call.best_response, "spontaneous" in call.flags) == ("NR", False)
    assert "DEF-LINE-03" in call.readings


def test_a_response_to_an_agent_is_not_spontaneous() -> None:
    """However late or unlikely."""
    assert "spontaneous" not in itp(baseline=10, counts={7: 60, 14: 60}).flags


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
