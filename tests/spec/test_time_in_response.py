"""Cumulative time in response, the second definition of duration in Rodeghiero 2009."""

from tests.spec.builder import aiha, itp, rescue


def test_observed_days_run_from_the_start_to_the_last_assessment() -> None:
    """Good or not."""
    assert itp(baseline=10, counts={7: 60, 100: 12}).observed_days == 100
    assert itp(baseline=10).observed_days == 0


def test_each_assessment_in_response_counts_for_the_days_until_the_next_one() -> None:
    """60 from day 7 to day 30, 12 from then to day 50, 60 from then to day 80."""
    call = itp(baseline=10, counts={7: 60, 30: 12, 50: 60, 80: 12})
    assert (call.in_response_days, call.observed_days) == (23 + 30, 80)


def test_the_last_assessment_counts_for_no_day() -> None:
    """Nobody knows how long it held."""
    assert itp(baseline=10, counts={7: 60}).in_response_days == 0


def test_days_after_a_relapse_count_when_response_comes_back() -> None:
    """The definition is cumulative (READ-STAT-05)."""
    call = itp(baseline=10, counts={7: 60, 14: 60, 30: 12, 31: 12, 60: 90, 100: 90})
    assert (call.relapsed, call.in_response_days) == (30, 23 + 40)


def test_days_count_whether_or_not_a_response_was_confirmed_or_in_time() -> None:
    """Late and unconfirmed ones too."""
    assert itp(baseline=10, counts={40: 60, 60: 60}).in_response_days == 20


def test_a_washed_out_count_is_no_assessment_here_either() -> None:
    """The count before it speaks for the days until the next clean one."""
    call = itp(baseline=10, counts={7: 60, 20: 60, 30: 90}, happened=[rescue(25, "procedure")])
    assert (call.in_response_days, call.observed_days) == (13, 20)


def test_hemoglobin_is_counted_alike() -> None:
    """By the rise."""
    call = aiha(baseline=60, counts={14: 100, 50: 70, 60: 100})
    assert (call.in_response_days, call.observed_days) == (36, 60)
