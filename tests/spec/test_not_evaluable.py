"""What makes a course not evaluable, and which reason is given when several hold."""

import pytest

from tests.spec.builder import Call, aiha, another, bleed, itp, other_cause, red_cells, rescue

COVER = rescue(1, "procedure")


@pytest.mark.parametrize(
    ("reason", "call"),
    [
        ("started_in_response", lambda: itp(baseline=120, counts={7: 60, 14: 60})),
        ("too_early", lambda: itp(baseline=10, counts={7: 12, 8: 12})),
        ("too_early", lambda: aiha(baseline=60, counts={14: 61, 20: 61})),
        ("onset_not_observed", lambda: itp(baseline=10, counts={60: 60, 67: 60})),
        ("other_cause", lambda: itp(baseline=10, counts={20: 12}, happened=[other_cause(15, 25, of="ITP")])),
        ("no_counts", lambda: itp(baseline=10)),
        ("no_counts", lambda: aiha(baseline=60)),
        ("rescue_confounded", lambda: itp(baseline=10, counts={7: 60, 14: 60}, happened=[COVER])),
        (
            "transfusion_confounded",
            lambda: aiha(baseline=60, counts={7: 99}, happened=[red_cells(1, "surgery")]),
        ),
        ("baseline_missing", lambda: itp(counts={7: 60, 14: 60})),
        ("baseline_missing", lambda: aiha(counts={7: 99, 14: 99})),
        ("hemolysis_unknown", lambda: aiha(baseline=105, counts={7: 125, 14: 125})),
        ("unconfirmed", lambda: itp(baseline=10, counts={7: 60})),
        ("unconfirmed", lambda: itp(baseline=10, counts={14: 12})),
        ("unconfirmed", lambda: aiha(baseline=60, counts={7: 99})),
    ],
)
def test_each_reason_in_its_plainest_form(reason: str, call: object) -> None:
    """One course each."""
    assert callable(call)
    found: Call = call()
    assert (found.best_response, found.reason) == ("NE", reason)


def test_unconfirmed_alone_carries_its_flag() -> None:
    """The other reasons say enough."""
    assert "unconfirmed" in itp(baseline=10, counts={7: 60}).flags
    for call in (itp(baseline=10), itp(counts={7: 60}), itp(baseline=10, counts={7: 60}, happened=[COVER])):
        assert "unconfirmed" not in call.flags


def test_without_counts_the_missing_baseline_is_a_flag_not_the_reason() -> None:
    """Nothing could have been judged anyway."""
    call = itp(counts={})
    assert (call.reason, call.flags) == ("no_counts", {"baseline_missing"})


def test_counts_before_the_start_or_after_the_next_course_are_no_counts_of_the_course() -> None:
    """The window is what is judged."""
    call = itp(counts={-3: 10, 45: 60, 52: 60}, others=[another(40, "toxicity")])
    assert call.reason == "no_counts"


def test_an_event_without_a_count_is_an_assessment() -> None:
    """A bleed alone is unconfirmed, not without counts."""
    assert itp(baseline=10, happened=[bleed(15)]).reason == "unconfirmed"


def test_an_unclear_rescue_alone_is_unconfirmed() -> None:
    """It has no value, so nothing was confounded."""
    assert itp(baseline=10, happened=[rescue(15)]).reason == "unconfirmed"


def test_a_count_on_the_day_of_an_unclear_rescue_cannot_be_told() -> None:
    """It was not set aside by a wash-out, and it confirms nothing."""
    assert itp(baseline=10, counts={15: 60}, happened=[rescue(15)]).reason == "unconfirmed"


def test_one_count_outside_the_wash_out_makes_it_unconfirmed_not_confounded() -> None:
    """Confounded means that every assessment was."""
    counts = {7: 60, 60: 60}
    call = itp("rituximab", baseline=10, counts=counts, happened=[COVER])
    assert (call.reason, "rescue_confounded" in call.flags) == ("unconfirmed", True)


def test_a_confounded_course_says_so_even_without_a_baseline() -> None:
    """Every assessment was washed out, told or not."""
    call = itp(counts={7: 60, 14: 60}, happened=[COVER])
    assert (call.reason, "baseline_missing" in call.flags) == ("rescue_confounded", True)


def test_a_missing_baseline_goes_before_unknown_hemolysis() -> None:
    """125 without a baseline and without markers."""
    assert aiha(counts={7: 125, 14: 125}).reason == "baseline_missing"


def test_what_is_confirmed_is_never_not_evaluable() -> None:
    """Two failures, a late response, or a response outweigh everything that is missing."""
    assert itp(counts={14: 20, 15: 20, 16: 60}).best_response == "NR"
    assert itp(counts={28: 20, 29: 150, 36: 150}).reason == "late_response"
    assert itp(counts={7: 150, 14: 150}).best_response == "CR"
