"""Coefficients of agreement against the worked examples of those who proposed them, and the figures made from them."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from adjudication.review.rules import published_rules
from registry import accounts, review
from registry.errors import NotPermitted
from registry.exchange import export
from registry.exchange.intake import import_path
from registry.review.agreement import agreement
from registry.review.agreement import coefficients as c
from registry.review.error_rate import judged as trusted
from registry.roles import Action, Role
from tests.conftest import NOW, Clock
from tests.registry.reviewing import TODAY, House, judged, prepared

RULES = published_rules()


def two_raters(table: list[list[int]]) -> c.Codes:
    """Ratings of two raters from their table: first rater in rows, second in columns."""
    return np.array([(i, j) for i, row in enumerate(table) for j, n in enumerate(row) for _ in range(n)])


COHEN_1960 = two_raters([[88, 14, 18], [10, 40, 10], [2, 6, 12]])
"""Cohen J. Educ Psychol Meas 1960;20:37-46: 200 subjects, agreement 0.70 where 0.41 is chance."""

FLEISS_1971 = np.array(
    [
        [0, 0, 0, 6, 0], [0, 3, 0, 0, 3], [0, 1, 4, 0, 1], [0, 0, 0, 0, 6], [0, 3, 0, 3, 0], [2, 0, 4, 0, 0],
        [0, 0, 4, 0, 2], [2, 0, 3, 1, 0], [2, 0, 0, 4, 0], [0, 0, 0, 0, 6], [1, 0, 0, 5, 0], [1, 1, 0, 4, 0],
        [0, 3, 3, 0, 0], [1, 0, 0, 5, 0], [0, 2, 0, 3, 1], [0, 0, 5, 0, 1], [3, 0, 0, 1, 2], [5, 1, 0, 0, 0],
        [0, 2, 0, 4, 0], [1, 0, 2, 0, 3], [0, 0, 0, 0, 6], [0, 1, 0, 5, 0], [0, 2, 0, 1, 3], [2, 0, 0, 4, 0],
        [1, 0, 0, 4, 1], [0, 5, 0, 1, 0], [4, 0, 0, 0, 2], [0, 2, 0, 4, 0], [1, 0, 5, 0, 0], [0, 0, 0, 0, 6],
    ]
)  # fmt: skip
"""Fleiss JL. Psychol Bull 1971;76:378-382: 30 patients, five diagnoses, six psychiatrists each."""

GWET_2008 = two_raters([[118, 5], [2, 0]])
"""Gwet KL. Br J Math Stat Psychol 2008;61:29-48: 125 subjects of whom nearly all are of one kind."""

KRIPPENDORFF = np.array(
    [
        [1, 1, 0, 1], [2, 2, 3, 2], [3, 3, 3, 3], [3, 3, 3, 3], [2, 2, 2, 2], [1, 2, 3, 4],
        [4, 4, 4, 4], [1, 1, 2, 1], [2, 2, 2, 2], [0, 5, 5, 5], [0, 0, 1, 1], [0, 0, 3, 0],
    ]
) - 1  # fmt: skip
"""Krippendorff K. Content Analysis, 2004, and Gwet KL. Handbook of Inter-Rater Reliability, 2014: four observers."""


def test_cohen_1960() -> None:
    assert c.percent_agreement(COHEN_1960) == pytest.approx(0.70)
    assert c.cohen_kappa(COHEN_1960, 3) == pytest.approx(0.492, abs=0.0005)


def test_fleiss_1971() -> None:
    said = [[place for place, n in enumerate(row) for _ in range(n)] for row in FLEISS_1971]
    assert c.percent_agreement(np.array(said)) == pytest.approx(0.556, abs=0.0005)
    assert c.fleiss_kappa(FLEISS_1971) == pytest.approx(0.430, abs=0.0005)


def test_gwet_2008_stays_high_where_kappa_is_below_nothing() -> None:
    assert c.gwet_ac(c.counts(GWET_2008, 2)) == pytest.approx(0.941, abs=0.0005)
    assert c.cohen_kappa(GWET_2008, 2) == pytest.approx(-0.023, abs=0.0005)
    assert c.percent_agreement(GWET_2008) == pytest.approx(0.944)


def test_gwet_and_krippendorff_with_missing_ratings() -> None:
    assert c.percent_agreement(KRIPPENDORFF) == pytest.approx(0.818, abs=0.0005)
    assert c.gwet_ac(c.counts(KRIPPENDORFF, 5)) == pytest.approx(0.775, abs=0.0005)
    assert c.krippendorff_alpha(KRIPPENDORFF, 5) == pytest.approx(0.743, abs=0.0005)
    assert c.krippendorff_alpha(KRIPPENDORFF, 5, ordinal=True) == pytest.approx(0.815, abs=0.0005)


def test_weighted_kappa_is_the_textbook_sum_over_squared_distances() -> None:
    table = np.zeros((3, 3))
    np.add.at(table, (COHEN_1960[:, 0], COHEN_1960[:, 1]), 1)
    share = table / table.sum()
    chance = np.outer(share.sum(axis=1), share.sum(axis=0))
    apart = np.array([[(i - j) ** 2 for j in range(3)] for i in range(3)])
    expected = 1 - (apart * share).sum() / (apart * chance).sum()
    assert c.cohen_kappa(COHEN_1960, 3, weighted=True) == pytest.approx(expected)


def test_for_two_raters_all_of_them_are_one_in_full_agreement_and_none_without_a_choice() -> None:
    same = np.array([[0, 0], [1, 1], [2, 2], [2, 2]])
    only = np.array([[1, 1], [1, 1]])
    for measure in (
        lambda codes: c.cohen_kappa(codes, 3),
        lambda codes: c.cohen_kappa(codes, 3, weighted=True),
        lambda codes: c.fleiss_kappa(c.counts(codes, 3)),
        lambda codes: c.krippendorff_alpha(codes, 3),
    ):
        assert measure(same) == pytest.approx(1)
        assert measure(only) is None
        assert measure(np.empty((0, 2), np.int64)) is None
    assert c.gwet_ac(c.counts(same, 3)) == pytest.approx(1)
    assert c.gwet_ac(c.counts(only, 3)) == pytest.approx(1)


@pytest.mark.parametrize("name", c.measures(3))
def test_a_resample_is_measured_as_the_sample_would_be(name: str) -> None:
    """The sum over patterns and the library, or the formula, give one number, missing ratings and all."""
    rng = np.random.default_rng(8)
    for raters, missing in ((2, 0.0), (3, 0.0), (3, 0.3)):
        if raters > 2 and "kappa" in name and name != "fleiss_kappa":
            continue
        for _ in range(20):
            ratings = np.where(rng.random((15, raters)) < missing, -1, rng.integers(0, 3, (15, raters)))
            patterns, times = np.unique(ratings, axis=0, return_counts=True)
            measure = c.measures(3)[name]
            estimate, [resampled] = measure.estimate(ratings), measure.resampled(patterns, times[None, :])
            assert resampled == pytest.approx(np.nan if estimate is None else estimate, nan_ok=True)


def test_an_interval_holds_its_estimate_and_is_the_same_for_the_same_seed() -> None:
    measures = {name: c.measures(3)[name] for name in ("cohen_kappa", "percent_agreement")}
    first = c.intervals(COHEN_1960, measures, resamples=300, seed=5)
    assert first == c.intervals(COHEN_1960, measures, resamples=300, seed=5)
    assert first != c.intervals(COHEN_1960, measures, resamples=300, seed=6)
    for one in first:
        assert one.low is not None
        assert one.high is not None
        assert one.estimate is not None
        assert one.low < one.estimate < one.high
    # Cohen 1960 gives a standard error of 0.055: the interval is about twice that to each side.
    assert first[0].high - first[0].low == pytest.approx(2 * 1.96 * 0.055, rel=0.2)  # type: ignore[operator]


def test_a_word_that_is_no_category_is_refused() -> None:
    with pytest.raises(ValueError, match="XR"):
        c.codes([("CR", "XR")], ("CR", "R"))


@pytest.mark.parametrize(
    "name", ["cohen_kappa", "fleiss_kappa", "krippendorff_alpha", "krippendorff_alpha_ordinal"]
)
@pytest.mark.parametrize(("others", "estimable"), [(1, False), (2, False), (4, True)])
def test_a_coefficient_that_hangs_on_a_case_or_two_is_not_estimable(
    name: str, others: int, estimable: bool
) -> None:
    ratings = c.codes([("NR", "NR")] * 36 + [("CR", "CR")] * others, ("NR", "R", "CR"))
    [found] = c.intervals(ratings, {name: c.measures(3)[name]}, resamples=2000, seed=1)
    assert (found.estimate is not None) == estimable
    assert (found.low, found.high) == (None, None), "an interval without width would claim to be certain"


@pytest.mark.parametrize("name", ["percent_agreement", "gwet_ac1", "gwet_ac2"])
def test_a_coefficient_that_one_category_defines_is_estimable_however_rare_the_others(name: str) -> None:
    ratings = c.codes([("NR", "NR")] * 36 + [("NR", "CR")], ("NR", "R", "CR"))
    [found] = c.intervals(ratings, {name: c.measures(3)[name]}, resamples=2000, seed=1)
    assert found.estimate is not None
    assert found.low is not None


def test_where_all_agree_no_interval_claims_to_be_certain() -> None:
    same = np.array([[0, 0], [1, 1], [2, 2], [2, 2]])
    for one in c.intervals(same, c.measures(3), resamples=200, seed=5):
        assert one.estimate == pytest.approx(1)
        assert (one.low, one.high) == (None, None)


# Whether the machine may go on accepting


def test_before_the_first_error_too_few_draws_prove_nothing() -> None:
    needed = trusted(0, 0, RULES).needed
    assert trusted(0, needed, RULES).high <= RULES.error_limit < trusted(0, needed - 1, RULES).high
    for decided in range(needed + 1):
        assert trusted(0, decided, RULES).accepts


@pytest.mark.parametrize(("errors", "decided"), list(product((1, 2, 5), (5, 30, 60, 200))))
def test_from_the_first_error_on_the_upper_bound_decides(errors: int, decided: int) -> None:
    found = trusted(errors, decided, RULES)
    assert found.accepts == (found.high <= RULES.error_limit)
    assert found.low <= errors / decided <= found.high


@pytest.mark.parametrize("in_dispute", [0, 1, 6, 40])
def test_draws_in_dispute_count_as_possible_errors_in_the_bound_that_switches(in_dispute: int) -> None:
    needed = trusted(0, 0, RULES).needed
    for errors, decided in ((0, needed - 7), (0, needed - 6), (0, 400), (1, 60), (3, 400)):
        found = trusted(errors, decided, RULES, waiting=in_dispute + 5, in_dispute=in_dispute)
        alone = trusted(errors, decided, RULES)
        worst = trusted(errors + in_dispute, decided + in_dispute, RULES)
        assert (found.errors, found.decided, found.low, found.high) == (
            errors,
            decided,
            alone.low,
            alone.high,
        )
        assert (found.highest, alone.highest) == (worst.high, alone.high)
        assert found.known == (errors > 0 or decided + in_dispute >= needed)
        assert found.accepts == (not found.known or worst.high <= RULES.error_limit)
    assert trusted(0, needed - 7, RULES, in_dispute=6).accepts, (
        "too few were read, and none was found in error"
    )
    assert not trusted(0, needed - 6, RULES, in_dispute=6).accepts


@pytest.fixture
def opened(registry_path: Path, clock: Clock) -> Iterator[House]:
    """One case on an assumption, one drawn, and two calls that the machine accepts."""
    with judged(registry_path, clock) as one:
        found = review.open_cases(one.db, one.who("manager"), seed="seed 2")
        assert (found.reasons, found.accepted) == ({"assumption": 1, "drawn": 1}, 2)
        yield one


def decided(house: House, right: int, wrong: int) -> None:
    """So many more drawn and decided cases like that of C4, with and without the level of the machine."""
    case = house.cases()["C4"]
    house.agree(case, "NR")
    with house.db.change(house.db.actor(None), Action.OPEN_CASES, "copies for a test") as change:
        [(key,)] = change.rows("SELECT case_key FROM review_case WHERE case_id = $1", [case])
        for number in range(right + wrong - 1):
            new = 1_000 + number
            level = "NR" if number < right - 1 else "R"
            for table, more in (
                ("review_case", ", case_id || '-' || $1 AS case_id"),
                ("review_packet", ""),
                ("review_step", ""),
                ("review_decision", f", '{level}' AS level"),
            ):
                change.execute(
                    f"INSERT INTO {table} SELECT * REPLACE ($1::INTEGER AS case_key{more}) FROM {table} "
                    "WHERE case_key = $2",
                    [new, key],
                )


JUST_ENOUGH = next(n for n in range(2, 200) if trusted(1, n, RULES).high <= RULES.error_limit)
"""With one error the upper bound lies within the limit from so many decided draws on."""


def test_within_the_limit_the_machine_accepts_calls_and_no_case_is_opened_for_them(opened: House) -> None:
    decided(opened, JUST_ENOUGH - 1, 1)
    found = agreement(opened.db, opened.who("clinician"), resamples=0).trust
    assert (found.errors, found.decided, found.accepts) == (1, JUST_ENOUGH, True)
    assert review.prospect(opened.db, opened.who("manager")).wanted == 0
    again = opened.open()
    assert (again.opened, again.accepted) == (0, 2)


def test_one_draw_short_of_it_the_machine_accepts_none_and_every_call_opens_a_case(opened: House) -> None:
    decided(opened, JUST_ENOUGH - 2, 1)
    found = agreement(opened.db, opened.who("clinician"), resamples=0).trust
    assert (found.errors, found.decided, found.accepts) == (1, JUST_ENOUGH - 1, False)
    assert "Every call opens a case" in found.words
    before = review.prospect(opened.db, opened.who("manager"))
    assert (before.accepts, before.wanted, before.accepted) == (False, 2, 0)
    again = opened.open()
    assert (again.opened, again.accepted, again.reasons) == (2, 0, {"not_accepted": 2})


def test_drawn_cases_that_wait_are_told_beside_the_switch_and_a_dispute_may_throw_it(opened: House) -> None:
    decided(opened, JUST_ENOUGH - 1, 1)
    with opened.db.change(opened.db.actor(None), Action.OPEN_CASES, "one more for a test") as change:
        change.execute("DELETE FROM review_decision WHERE case_key = 1000")
        change.execute("UPDATE review_step SET state = 'proposed' WHERE case_key = 1000 AND state = 'agreed'")
    found = agreement(opened.db, opened.who("clinician"), resamples=0)
    assert (found.trust.waiting, found.trust.in_dispute) == (1, 0)
    assert "Sampled but not decided yet: 1." in found.text()
    with opened.db.change(opened.db.actor(None), Action.OPEN_CASES, "one more for a test") as change:
        change.execute(
            "UPDATE review_step SET state = 'disputed' WHERE case_key = 1000 AND state = 'proposed'"
        )
    found = agreement(opened.db, opened.who("clinician"), resamples=0)
    worst = trusted(2, JUST_ENOUGH, RULES)
    assert (found.trust.waiting, found.trust.in_dispute, found.trust.highest) == (1, 1, worst.high)
    assert (found.trust.errors, found.trust.decided) == (1, JUST_ENOUGH - 1)
    assert found.trust.accepts == (worst.high <= RULES.error_limit)
    assert f"the upper bound that decides is {worst.high:.1%}" in found.text()


def test_who_reviews_at_another_hospital_is_told_of_no_dispute(opened: House) -> None:
    db = opened.db
    roles = {"North": [Role.CLINICIAN], "South": [Role.ADJUDICATOR]}
    accounts.add_account(db, db.actor(None), "both", roles, today=TODAY)
    case = opened.cases()["C4"]
    before = agreement(db, opened.who("both"), resamples=0).trust
    assert (before.waiting, before.in_dispute, before.highest) == (1, None, None)
    opened.read("reader-1", case, "NR")
    opened.read("reader-2", case, "R", "2025-01-20")
    assert opened.state(case) == "disputed"
    assert agreement(db, opened.who("both"), resamples=0).trust == before
    assert agreement(db, opened.who("clinician"), resamples=0).trust.in_dispute == 1


def test_decisions_that_came_in_from_another_registry_say_nothing_of_this_machine(
    opened: House, tmp_path: Path
) -> None:
    opened.agree(opened.cases()["C4"], "R", "2025-01-20")
    export.export(opened.db, opened.db.actor(None), tmp_path / "out")
    here = agreement(opened.db, opened.who("clinician"), resamples=0).trust
    assert (here.errors, here.decided) == (1, 1)
    with judged(tmp_path / "other.duckdb", Clock(NOW)) as other:
        import_path(other.db, other.db.actor(None), tmp_path / "out", today=TODAY)
        found = agreement(other.db, other.who("clinician"), resamples=0)
        assert found.decided == 1
        assert (found.trust.errors, found.trust.decided, found.trust.waiting) == (0, 0, 0)


# The figures


@pytest.fixture
def house(registry_path: Path, clock: Clock) -> Iterator[House]:
    with prepared(registry_path, clock) as one:
        yield one


def test_figures_come_from_decided_cases_and_say_how_many_stand_outside(house: House) -> None:
    cases = house.cases()
    house.agree(cases["C1"], "CR", "2025-01-14")
    house.agree(cases["C2"], "NR")
    house.agree(cases["C4"], "NR")
    house.read("reader-1", cases["C3"], "NE")
    found = agreement(house.db, house.who("clinician"), resamples=50)
    [everything] = [group for group in found.groups if group.by == "all"]
    assert (everything.n, found.waiting, found.incomplete) == (3, 1, 0)
    assert everything.matrix.rows == ("CR", "R", "NR")
    assert everything.matrix.counts == ((1, 0, 0), (0, 0, 1), (0, 0, 1))
    by_name = {one.measure: one for one in everything.coefficients}
    assert by_name["percent_agreement"].estimate == pytest.approx(2 / 3)
    assert by_name["cohen_kappa"].estimate == pytest.approx(0.5)
    assert (everything.onsets, everything.onset_days_mean) == (1, 2.0)
    assert {group.name for group in found.groups if group.by == "disease"} == {"ITP"}
    assert {group.by for group in found.groups} == {"all", "disease", "criteria", "line", "density"}
    assert {one.measure: one.estimate for one in found.readers}["percent_agreement"] == 1
    assert "cohen kappa" in found.text()
    assert "10.1371/journal.pone.0285125" in found.text()
    assert found.as_json()["trust"]["decided"] == 0


def test_the_two_readers_are_told_with_their_unsettled_disputes(house: House) -> None:
    cases = house.cases()
    house.agree(cases["C1"], "CR", "2025-01-14")
    house.read("reader-1", cases["C2"], "R", "2025-07-01")
    house.read("reader-2", cases["C2"], "NR")
    house.read("reader-1", cases["C4"], "NR")
    found = agreement(house.db, house.who("clinician"), resamples=50)
    assert (found.decided, found.waiting, found.unsettled, found.disputed) == (1, 3, 1, 0)
    by_name = {one.measure: one for one in found.readers}
    assert (by_name["percent_agreement"].n, by_name["percent_agreement"].estimate) == (2, 0.5)
    assert found.groups[0].n == 1, "what is not decided is not held against the machine"


def test_a_registry_without_a_decision_says_so(house: House) -> None:
    found = agreement(house.db, house.who("nurse"))
    assert (found.groups[0].n, found.waiting) == (0, 4)
    assert "No case is decided yet" in found.text()
    assert "kappa: 0" not in found.text().partition("Published")[0]
    assert found.trust.words.startswith("Not known yet")


def test_a_reader_sees_no_figures_of_agreement(house: House) -> None:
    for name in ("reader-1", "reading-nurse", "reading-manager"):
        with pytest.raises(NotPermitted):
            agreement(house.db, house.who(name))
