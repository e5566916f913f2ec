"""Statistics give the numbers that R 4.2.2 gives (packages survival 3.x and cmprsk), digit for digit.

A few of R's numbers stand here, so that a plain run checks every function; the whole tables are read
where NADIR_EXTERNAL_DATA names the folder that holds them.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from registry import statistics

# Miller RG. Survival Analysis. 1981: weeks in remission of acute myelogenous leukemia, 1 = relapse.
AML_MAINTAINED = [
    (9, 1),
    (13, 1),
    (13, 0),
    (18, 1),
    (23, 1),
    (28, 0),
    (31, 1),
    (34, 1),
    (45, 0),
    (48, 1),
    (161, 0),
]
AML_OTHERS = [
    (5, 1),
    (5, 1),
    (8, 1),
    (8, 1),
    (12, 1),
    (16, 0),
    (23, 1),
    (27, 1),
    (30, 1),
    (33, 1),
    (43, 1),
    (45, 1),
]
AML = AML_MAINTAINED + AML_OTHERS
WEEKS, RELAPSED = zip(*AML, strict=True)

# survfit(Surv(time, status) ~ 1, conf.type = "log-log"):
# time, n.risk, n.event, n.censor, surv, std.err, lower, upper
AML_LOG_LOG = [
    (5, 23, 2, 0, 0.9130434783, 0.0587533848, 0.6949475375, 0.9775156699),
    (13, 17, 1, 1, 0.6956521739, 0.0959438755, 0.4656417498, 0.8417212914),
    (16, 15, 0, 1, 0.6956521739, 0.0959438755, 0.4656417498, 0.8417212914),
    (27, 11, 1, 0, 0.4968944099, 0.1084017808, 0.2755656280, 0.6842137884),
    (45, 4, 1, 1, 0.1656314700, 0.0860352084, 0.0421142813, 0.3603613603),
    (161, 1, 0, 1, 0.0828157350, 0.0726618005, 0.0069559668, 0.2867603680),
]  # fmt: skip

# x, n, Clopper-Pearson, Wilson
BINOMIAL = [
    (0, 1, 0.0, 0.975, 0.0, 0.793450685623),
    (1, 1, 0.025, 1.0, 0.206549314377, 1.0),
    (1, 3, 0.008403758660, 0.905700675950, 0.061491944720, 0.792340399198),
    (2, 2, 0.158113883008, 1.0, 0.342380227507, 1.0),
]


@pytest.mark.parametrize(("k", "n", "exact_low", "exact_high", "wilson_low", "wilson_high"), BINOMIAL)
def test_a_proportion_has_the_intervals_of_r(
    k: int, n: int, exact_low: float, exact_high: float, wilson_low: float, wilson_high: float
) -> None:
    exact, wilson = statistics.exact_interval(k, n), statistics.wilson_interval(k, n)
    assert exact is not None
    assert wilson is not None
    assert (exact.low, exact.high) == pytest.approx((exact_low, exact_high), abs=1e-11)
    assert (wilson.low, wilson.high) == pytest.approx((wilson_low, wilson_high), abs=1e-11)


def test_nothing_of_nothing_has_no_interval() -> None:
    assert statistics.exact_interval(0, 0) is None
    assert statistics.wilson_interval(0, 0) is None


@pytest.mark.parametrize(("k", "n"), [(2, 1), (-1, 3)])
def test_more_than_all_is_refused(k: int, n: int) -> None:
    with pytest.raises(ValueError, match="is not a proportion"):
        statistics.exact_interval(k, n)


@pytest.mark.parametrize("row", AML_LOG_LOG, ids=lambda row: f"week {row[0]}")
def test_kaplan_meier_is_the_table_of_survfit(row: tuple[float, ...]) -> None:
    curve = statistics.kaplan_meier(WEEKS, RELAPSED)
    at = list(curve.time).index(row[0])
    found = (
        curve.time, curve.at_risk, curve.events, curve.censored,
        curve.survival, curve.standard_error, curve.low, curve.high,
    )  # fmt: skip
    assert [float(column[at]) for column in found] == pytest.approx(row, abs=1e-9)


@pytest.mark.parametrize(("method", "low", "high"), [("log-log", 13, 34), ("log", 18, 45), ("plain", 18, 34)])
def test_the_median_has_the_interval_of_its_named_type(
    method: statistics.IntervalType, low: float, high: float
) -> None:
    median = statistics.kaplan_meier(WEEKS, RELAPSED, method).median()
    assert (median.estimate, median.low, median.high) == (27, low, high)
    assert median.method == method


def test_a_limit_that_is_not_reached_is_not_a_number_of_weeks() -> None:
    times, events = zip(*AML_MAINTAINED, strict=True)
    median = statistics.kaplan_meier(times, events).median()
    assert (median.estimate, median.low, median.high) == (31, 13, None)


def test_a_curve_level_at_one_half_has_its_median_in_the_middle_of_the_step() -> None:
    assert statistics.kaplan_meier([1, 2, 4, 7], [1, 1, 1, 1]).median().estimate == 3


def test_a_curve_that_stays_above_one_half_has_no_median() -> None:
    assert statistics.kaplan_meier([3, 5, 8], [1, 0, 0]).median().estimate is None


def test_numbers_at_risk_count_those_who_leave_on_the_day_itself() -> None:
    curve = statistics.kaplan_meier(WEEKS, RELAPSED)
    assert list(curve.at_risk_at([0, 5, 6, 45, 162])) == [23, 23, 21, 4, 0]
    assert curve.n == 23


def test_survival_between_two_times_is_that_after_the_earlier() -> None:
    curve = statistics.kaplan_meier(WEEKS, RELAPSED)
    assert list(curve.survival_at([0, 4.9, 5, 7.9])) == pytest.approx([1, 1, 21 / 23, 21 / 23])


def test_a_series_without_events_stays_at_one() -> None:
    curve = statistics.kaplan_meier([3, 9], [0, 0])
    assert list(curve.survival) == [1, 1]
    assert curve.median().estimate is None


def test_an_empty_series_has_an_empty_curve() -> None:
    curve = statistics.kaplan_meier([], [])
    assert curve.n == 0
    assert list(curve.survival_at([5])) == [1]
    assert curve.median() == statistics.Median(None, None, None, "log-log")


def test_lengths_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="2 times but 1 events"):
        statistics.kaplan_meier([1, 2], [1])


def test_reverse_kaplan_meier_waits_for_the_end_of_follow_up() -> None:
    assert statistics.reverse_kaplan_meier([10, 20, 30], [1, 0, 0]).median().estimate == 25
    assert statistics.reverse_kaplan_meier([10, 20, 30], [0, 1, 0]).median().estimate == 30


def test_a_competing_cause_takes_its_share() -> None:
    relapse = statistics.cumulative_incidence([1, 2, 3, 4, 5], [1, 2, 1, 0, 2])
    death = statistics.cumulative_incidence([1, 2, 3, 4, 5], [1, 2, 1, 0, 2], cause=2)
    assert list(relapse.at([0, 1, 3, 9])) == pytest.approx([0, 0.2, 0.4, 0.4])
    assert list(death.at([2, 5])) == pytest.approx([0.2, 0.6])


def test_a_cause_that_never_happened_has_no_incidence() -> None:
    assert list(statistics.cumulative_incidence([1, 2], [0, 2]).at([1, 2])) == [0, 0]
    assert list(statistics.cumulative_incidence([], []).at([1])) == [0]


def test_a_rate_has_the_exact_interval_of_poisson_test() -> None:
    # poisson.test(10, 250): 10 events in 250 person-years
    rate = statistics.poisson_rate(10, 250)
    assert rate.estimate == pytest.approx(4)
    assert rate.interval is not None
    assert (rate.interval.low, rate.interval.high) == pytest.approx((1.918156, 7.356142), abs=1e-6)


def test_no_event_has_an_upper_limit_and_no_exposure_has_no_rate() -> None:
    none = statistics.poisson_rate(0, 10, per=1)
    assert none.interval is not None
    assert (none.interval.low, none.interval.high) == pytest.approx((0, -math.log(0.025) / 10))
    assert statistics.poisson_rate(0, 0).estimate is None


def test_a_spread_leaves_out_what_is_not_known() -> None:
    assert statistics.spread([3, float("nan"), 1, 2]) == statistics.Spread(3, 2, 1, 3)
    assert statistics.spread([]) == statistics.Spread(0, None, None, None)


@pytest.mark.parametrize(
    ("value", "digits", "rounded"),
    [(62.5, 0, 63), (63.5, 0, 64), (2.345, 2, 2.35), (2.376, 1, 2.4), (0.489, 2, 0.49)],
)
def test_a_five_is_rounded_up(value: float, digits: int, rounded: float) -> None:
    assert statistics.round_half_up(value, digits) == rounded


def _table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / "oracles" / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _number(text: str) -> float:
    return float("nan") if text in {"NA", ""} else float(text)


@pytest.mark.external
class TestWholeTables:
    def test_every_binomial_interval(self, external: Path) -> None:
        for row in _table(external, "binom_ci_95.csv"):
            k, n = int(row["x"]), int(row["n"])
            exact, wilson = statistics.exact_interval(k, n), statistics.wilson_interval(k, n)
            assert exact is not None
            assert wilson is not None
            assert [exact.low, exact.high, wilson.low, wilson.high] == pytest.approx(
                [float(row[name]) for name in ("cp_lo", "cp_hi", "wilson_lo", "wilson_hi")], abs=1e-11
            ), f"{k} of {n}"

    @pytest.mark.parametrize("method", ["log-log", "log", "plain"])
    @pytest.mark.parametrize(
        ("name", "source", "stratum"),
        [("aml_all", "aml", None), ("aml_by_x", "aml", "x"), ("veteran_by_trt", "veteran", "trt")],
    )
    def test_every_kaplan_meier_table(
        self, external: Path, method: statistics.IntervalType, name: str, source: str, stratum: str | None
    ) -> None:
        subjects = _table(external, f"R_survival_{source}.csv")
        expected = _table(external, f"km_{name}_{method}.csv")
        medians = _table(external, f"km_{name}_{method}_summary.csv")
        strata = list(dict.fromkeys(row["strata"] for row in expected))
        for which, median in zip(strata, medians, strict=True):
            own = [row for row in subjects if stratum is None or f"{stratum}={row[stratum]}" == which]
            curve = statistics.kaplan_meier(
                [float(row["time"]) for row in own], [row["status"] == "1" for row in own], method
            )
            table = [row for row in expected if row["strata"] == which]
            for column, found in {
                "time": curve.time,
                "n.risk": curve.at_risk,
                "n.event": curve.events,
                "n.censor": curve.censored,
                "surv": curve.survival,
                "std.err": curve.standard_error,
                "lower": curve.low,
                "upper": curve.high,
            }.items():
                want = np.array([_number(row[column]) for row in table])
                np.testing.assert_allclose(np.asarray(found, float), want, atol=1e-9, err_msg=column)
            half = curve.median()
            for key, limit in {"median": half.estimate, "0.95LCL": half.low, "0.95UCL": half.high}.items():
                assert limit == pytest.approx(_number(median[key])) or (
                    limit is None and math.isnan(_number(median[key]))
                )

    @pytest.mark.parametrize("cause", [1, 2])
    def test_cumulative_incidence_beside_a_competing_cause(self, external: Path, cause: int) -> None:
        subjects = _table(external, "mgus2_cr_input.csv")
        found = statistics.cumulative_incidence(
            [float(row["etime"]) for row in subjects], [int(row["event"]) for row in subjects], cause
        )
        want = next(
            row
            for row in _table(external, "cuminc_mgus2_R.csv")
            if (row["kind"], row["cause"]) == ("est", f"1 {cause}")
        )
        months = [12, 60, 120, 240, 360]
        assert list(found.at(months)) == pytest.approx(
            [float(want[str(month)]) for month in months], abs=1e-12
        )
