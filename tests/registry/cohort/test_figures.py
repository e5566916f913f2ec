"""The figures of chosen courses, on the reference cohort: the same numbers as the summary gives for the same groups."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from registry import cohort, record, review
from registry.cohort import Figures, Filter
from registry.cohort.curves import arms
from registry.cohort.groups import Group
from registry.cohort.harms import Harm
from registry.cohort.ranking import Side, not_to_be_ranked, overlapping
from registry.errors import NotPermitted
from registry.roles import Action, Actor, Role
from registry.statistics import DAYS_PER_MONTH
from registry.store.database import Database

NORTH = Actor("north", {"synthetic-north": frozenset({Role.CLINICIAN})})
BLIND = Actor("blind", {"*": frozenset({Role.ADJUDICATOR})})
CLINICIAN = Actor("clinician", {"*": frozenset({Role.CLINICIAN})})


@pytest.fixture(scope="module")
def everything(cohort_module: Database) -> Figures:
    return cohort.figures(cohort_module, CLINICIAN)


@pytest.fixture(scope="module")
def cohort_module(cohort: Database) -> Database:
    return cohort


@pytest.fixture
def own(cohort_path: Path) -> Iterator[Database]:
    """The judged reference cohort, to be changed."""
    with Database.open(cohort_path) as database:
        yield database


def chosen(db: Database, actor: Actor = CLINICIAN, **address: str | list[str]) -> Figures:
    return cohort.figures(
        db, actor, Filter.read({name.rstrip("_"): value for name, value in address.items()})
    )


def k_of_n(groups: tuple[Group, ...]) -> dict[tuple[str, str], tuple[int, int]]:
    return {(one.disease, one.label): (one.k, one.n) for one in groups}


def total(groups: tuple[Group, ...]) -> tuple[int, int]:
    return sum(one.k for one in groups), sum(one.n for one in groups)


# --- response


@pytest.mark.parametrize(
    ("figure", "disease", "label"),
    [
        ("tpo_ra_orr", "ITP", "TPO-RA"),
        ("rituximab_orr", "ITP", "rituximab"),
        ("combination_orr", "ITP", "rituximab + TPO-RA"),
        ("itp_steroid_orr", "ITP", "steroid"),
        ("aiha_rituximab_orr", "AIHA", "rituximab"),
        ("aiha_steroid_orr", "AIHA", "steroid"),
    ],
)
def test_k_and_n_of_a_regimen_are_those_of_the_summary(
    cohort_module: Database, everything: Figures, figure: str, disease: str, label: str
) -> None:
    told = cohort.summary(cohort_module, CLINICIAN).figure(figure).values()
    (one,) = [group for group in everything.by_regimen if (group.disease, group.label) == (disease, label)]
    assert (one.k, one.n, one.not_evaluable) == (told["k"], told["n"], told["not_evaluable"])
    assert one.interval is not None
    assert (one.interval.low, one.interval.high) == pytest.approx((told["ci_low"], told["ci_high"]))


def test_response_by_line_counts_the_same_courses_as_by_regimen(everything: Figures) -> None:
    assert total(everything.by_line) == total(everything.by_regimen) == (61, 83)
    assert k_of_n(everything.by_line)["ITP", "line 1"] == (20, 32)


def test_groups_stand_in_the_order_of_their_size_never_of_their_response(everything: Figures) -> None:
    for disease in ("ITP", "AIHA"):
        sizes = [(-one.n, one.label) for one in everything.by_regimen if one.disease == disease]
        assert sizes == sorted(sizes)


def test_a_changed_count_changes_the_figures(own: Database) -> None:
    actor = own.actor(None)
    before = k_of_n(chosen(own, actor).by_regimen)["ITP", "steroid"]
    counts = own.rows(
        "SELECT observation_id FROM observation_view WHERE patient_id = 'SYN-023' AND analyte = 'platelets' "
        "AND evaluable AND value_canonical >= 30 AND observed_on > (SELECT onset_on FROM episode_view "
        "WHERE patient_id = 'SYN-023') ORDER BY observed_on"
    )
    for (observation,) in counts[1:]:
        identity = {"patient_id": "SYN-023", "observation_id": observation}
        record.withdraw(own, actor, "observation", identity, "wrong patient", 1)
    review.rejudge(own, actor)
    assert k_of_n(chosen(own, actor).by_regimen)["ITP", "steroid"] == (before[0] - 1, before[1])


# --- the filter


def test_filters_compose_and_partition(cohort_module: Database, everything: Figures) -> None:
    itp, aiha = (chosen(cohort_module, disease=disease) for disease in ("ITP", "AIHA"))
    assert {one.disease for one in itp.by_regimen} == {"ITP"}
    k, n = total(everything.by_regimen)
    assert total(itp.by_regimen) == (k - total(aiha.by_regimen)[0], n - total(aiha.by_regimen)[1])
    first, later = (chosen(cohort_module, disease="ITP", line=line) for line in ("1", "2-"))
    assert total(first.by_regimen) == (20, 32)
    assert total(later.by_regimen)[1] == total(itp.by_regimen)[1] - 32
    early = chosen(cohort_module, disease="ITP", line="1", to="2013")
    late = chosen(cohort_module, disease="ITP", line="1", from_="2014")
    assert total(early.by_regimen)[1] + total(late.by_regimen)[1] == 32
    assert 0 < total(early.by_regimen)[1] < 32
    one = chosen(cohort_module, disease="ITP", line="2-", regimen=["TPO_RA"], site="synthetic-north")
    assert {group.label for group in one.by_regimen} == {"TPO-RA"}
    assert one.basis.patients <= one.basis.courses
    assert str(one.basis).startswith("ITP, TPO-RA, line 2 and later, site synthetic-north: ")


def test_the_first_day_and_the_last_of_a_period_are_part_of_it(cohort_module: Database) -> None:
    ((started_on, number),) = cohort_module.rows(
        "SELECT started_on, count(*) FROM course_view GROUP BY started_on ORDER BY started_on LIMIT 1"
    )
    assert isinstance(started_on, date)
    day = Filter(started_from=started_on, started_to=started_on)
    assert cohort.figures(cohort_module, CLINICIAN, day).basis.courses == number


def test_a_setting_chooses_patients_and_primary_chooses_episodes(own: Database) -> None:
    actor = own.actor(None)
    assert chosen(own, actor, setting="renal_transplant").basis.patients == 41
    assert chosen(own, actor, setting="alemtuzumab").basis.patients == 41
    for setting in ("multiple_sclerosis", "other", "no_alemtuzumab", "primary"):
        assert chosen(own, actor, setting=setting).basis.courses == 0
    ((episode_id, courses),) = own.rows(
        "SELECT episode_id, count(*) FROM course_view WHERE patient_id = 'SYN-003' GROUP BY episode_id"
    )
    identity = {"episode_id": episode_id}
    record.amend(own, actor, "episode", identity, {"primary_or_secondary": "primary"}, "reviewed", 1)
    found = chosen(own, actor, setting="primary").basis
    assert (found.patients, found.courses) == (1, courses)


def test_other_criteria_that_have_not_judged_show_their_courses_as_not_judged(own: Database) -> None:
    with own.change(own.actor(None), Action.ADJUDICATE, "registry") as change:
        change.execute("DELETE FROM call")
    found = chosen(own)
    assert found.not_judged == 87
    assert {one.k for one in found.by_regimen} == {0}
    assert found.durations["regimen"] == ()
    assert "not assessed yet" in found.text()


# --- who sees what


def test_a_person_of_one_site_gets_that_site_alone(cohort_module: Database) -> None:
    mine = chosen(cohort_module, NORTH)
    same = chosen(cohort_module, CLINICIAN, site="synthetic-north")
    assert k_of_n(mine.by_regimen) == k_of_n(same.by_regimen)
    assert [one.as_row() for one in mine.harms] == [one.as_row() for one in same.harms]
    assert "site synthetic-north" in mine.basis.selection
    listed = cohort.swimmers(cohort_module, NORTH, Filter())
    assert {row["site"] for row in listed.rows} == {"synthetic-north"}
    assert cohort.choices(cohort_module, NORTH).sites == ("synthetic-north",)


@pytest.mark.parametrize("service", ["figures", "swimmers"])
def test_a_site_that_may_not_be_read_is_refused(cohort_module: Database, service: str) -> None:
    with pytest.raises(NotPermitted, match="synthetic-south"):
        getattr(cohort, service)(cohort_module, NORTH, Filter(sites=("synthetic-south",)))


def test_a_blind_reader_gets_nothing_that_rests_on_a_call(cohort_module: Database) -> None:
    found = chosen(cohort_module, BLIND)
    assert (found.by_regimen, found.by_line, found.remissions) == ((), (), ())
    assert set(found.durations.values()) == {()}
    assert found.not_judged == 0
    assert found.basis.criteria == ()
    assert found.sequences
    assert found.harms
    said = found.text() + json.dumps(found.as_json())
    assert "itp-iwg" not in said
    assert "RESPONSE BY" not in said
    with pytest.raises(NotPermitted, match="adjudicates"):
        cohort.swimmers(cohort_module, BLIND, Filter())


def test_an_account_without_any_role_gets_nothing(cohort_module: Database) -> None:
    with pytest.raises(NotPermitted):
        cohort.figures(cohort_module, Actor("nobody", {}))


# --- durations, by hand


def test_a_curve_by_hand_with_a_death_that_censors() -> None:
    # Days as whole months: lost at 2 and 4, died at 3, censored at 6 twice.
    rows = [
        {"disease": "ITP", "regimen": "TPO_RA", "line_number": 2, "status": status, "days": days, "number": n}
        for status, days, n in (
            ("event", 2 * DAYS_PER_MONTH, 1),
            ("death", 3 * DAYS_PER_MONTH, 1),
            ("event", 4 * DAYS_PER_MONTH, 1),
            ("censored", 6 * DAYS_PER_MONTH, 2),
        )
    ]
    (one,) = arms(rows, "regimen", {"event"})
    assert (one.n, one.events, one.censored, one.deaths) == (5, 2, 3, 1)
    assert list(one.curve.time) == [2, 3, 4, 6]
    assert list(one.curve.survival) == pytest.approx([4 / 5, 4 / 5, 4 / 5 * 2 / 3, 4 / 5 * 2 / 3])
    # (at risk, censored alive, lost, died), each counted before the month: they add up to all five.
    assert [one.before(month) for month in (0, 2, 2.5, 4, 6, 7)] == [
        (5, 0, 0, 0),
        (5, 0, 0, 0),
        (4, 0, 1, 0),
        (3, 0, 1, 1),
        (2, 0, 2, 1),
        (0, 2, 2, 1),
    ]
    assert one.median.estimate is None
    assert one.kept(3) == (
        pytest.approx(0.8),
        pytest.approx(0.2038, abs=1e-4),
        pytest.approx(0.9692, abs=1e-4),
    )
    assert one.kept(12) is None
    assert one.lost == {12: None, 24: None}


def test_where_death_competes_the_share_lost_is_that_of_aalen_and_johansen() -> None:
    rows = [
        {"disease": "ITP", "regimen": None, "line_number": 1, "status": status, "days": days, "number": 1}
        for status, days in (("event", 100), ("death", 200), ("event", 300), ("censored", 800))
    ]
    (one,) = arms(rows, "disease", {"event"})
    # By hand: 1/4 at the first loss; then 3/4 alive in response, 1/3 of it dies, half of the 1/2 that is left is lost.
    assert one.lost[12] == pytest.approx(1 / 4 + 1 / 2 * 1 / 2)
    assert 1 - one.curve.survival_at([12])[0] == pytest.approx(1 - 3 / 4 * 1 / 2)
    (with_death,) = arms(rows, "line", {"event", "death"})
    assert (with_death.label, with_death.events, with_death.death_ends) == ("line 1", 3, True)
    assert with_death.before(24) == (1, 0, 2, 1)


def test_the_curves_hold_every_response_and_the_summary_its_median(
    cohort_module: Database, everything: Figures
) -> None:
    told = cohort.summary(cohort_module, CLINICIAN).figure("tpo_ra_duration").values()
    (one,) = [arm for arm in everything.durations["regimen"] if (arm.disease, arm.label) == ("ITP", "TPO-RA")]
    assert (one.events, one.censored, one.n) == (told["events"], told["censored"], told["n"])
    assert one.median.estimate == told["median"]
    for by in ("regimen", "line", "disease"):
        assert sum(arm.n for arm in everything.durations[by]) == total(everything.by_regimen)[0]


def test_the_time_to_the_next_course_ends_with_it_or_with_death(
    cohort_module: Database, everything: Figures
) -> None:
    counted = cohort_module.rows(
        "SELECT ttnt_status, count(*) FROM next_course_view JOIN course_view USING (course_id) "
        "WHERE line_number > 0 GROUP BY ALL"
    )
    expected = dict(counted)
    found = everything.next_courses["disease"]
    assert sum(arm.events for arm in found) == expected["event"] + expected["death"]
    assert sum(arm.deaths for arm in found) == expected["death"]
    assert sum(arm.censored for arm in found) == expected["censored"]


# --- sequences, remission, adverse events


def test_sequences_hold_every_patient_with_a_line_once_for_each_disease(
    cohort_module: Database, everything: Figures
) -> None:
    counted = cohort_module.rows(
        "SELECT disease, count(DISTINCT patient_id) FROM course_view WHERE line_number > 0 GROUP BY disease"
    )
    for disease, patients in counted:
        mine = [one for one in everything.sequences if one.disease == disease]
        assert sum(one.patients for one in mine) == patients
    lines = {one.disease: 0 for one in everything.sequences}
    for one in everything.sequences:
        assert None not in one.lines[: sum(line is not None for line in one.lines)]
        lines[one.disease] += one.patients * (one.lines[1] is not None)
    assert lines == {"ITP": 22, "AIHA": 4}


def test_a_course_filter_keeps_all_lines_of_the_patients_it_finds(cohort_module: Database) -> None:
    found = chosen(cohort_module, disease="ITP", line="3")
    assert sum(one.patients for one in found.sequences) == 11
    assert all(one.lines[0] and one.lines[2] for one in found.sequences)


def test_remission_off_treatment_is_that_of_the_summary(cohort_module: Database, everything: Figures) -> None:
    summary = cohort.summary(cohort_module, CLINICIAN)
    for name, label in (("tpo_ra", "TPO-RA"), ("combination", "rituximab + TPO-RA")):
        for threshold in ("srot30", "srot50"):
            told = summary.figure(f"{name}_{threshold}").values()
            (one,) = [
                found for found in everything.remissions if (found.label, found.name) == (label, threshold)
            ]
            assert (one.k, one.known) == (told["k"], told["n"])
            assert one.stopped >= one.known


def harm_of(found: Figures, disease: str, label: str) -> Harm:
    (one,) = [harm for harm in found.harms if (harm.disease, harm.label) == (disease, label)]
    return one


def test_person_months_are_the_time_to_the_next_course_or_the_end_of_follow_up(
    cohort_module: Database, everything: Figures
) -> None:
    ((days,),) = cohort_module.rows(
        "SELECT sum(ttnt_days) FROM next_course_view JOIN course_view USING (course_id) "
        "WHERE disease = 'ITP' AND regimen = 'TPO_RA'"
    )
    assert harm_of(everything, "ITP", "TPO-RA").months == pytest.approx(days / DAYS_PER_MONTH)


def test_events_by_grade_add_up_and_those_due_to_it_are_part_of_all(everything: Figures) -> None:
    for one in everything.harms:
        assert sum(one.grades.values()) == one.events
        assert one.related <= one.events
        assert one.severe == sum(one.grades[grade] for grade in (3, 4, 5))
        assert one.patients_with_event <= min(one.events, one.patients)


@pytest.mark.parametrize(
    ("events", "low", "high"),
    # Exact Poisson limits, 95 %, as tabulated (Garwood 1936).
    [(0, 0, 3.689), (1, 0.0253, 5.572), (5, 1.623, 11.668), (10, 4.795, 18.39)],
)
def test_a_rate_has_the_exact_limits_of_the_tables(events: int, low: float, high: float) -> None:
    one = Harm("ITP", "x", 1, 1, 100.0, 0, events, 0, 0, 0, {None: 0}, 0)
    assert one.rate.interval is not None
    assert (one.rate.estimate, one.rate.interval.low, one.rate.interval.high) == pytest.approx(
        (events, low, high), abs=6e-4
    )


def log_event(db: Database, name: str, on: date, **more: object) -> None:
    event = {
        "patient_id": "SYN-003",
        "adverse_event_id": name,
        "category": "infection",
        "term": "x",
        "onset_on": on,
    }
    record.log(db, db.actor(None), "adverse_event", event | more)


def test_an_event_counts_for_the_course_in_whose_time_it_began(own: Database) -> None:
    # SYN-003: mycophenolate, then rituximab.
    actor = own.actor(None)
    (first, second) = own.rows(
        "SELECT started_on, course_id FROM course_view WHERE patient_id = 'SYN-003' ORDER BY started_on"
    )
    before = chosen(own, actor)
    log_event(own, "last-day", own.rows("SELECT $1::DATE - 1", [second[0]])[0][0])
    log_event(own, "next-day", second[0], ctcae_grade=4, ctcae_version="5.0")
    after = chosen(own, actor)

    def more(label: str, name: str) -> int:
        return getattr(harm_of(after, "ITP", label), name) - getattr(harm_of(before, "ITP", label), name)

    assert (more("mycophenolate", "events"), more("rituximab", "events")) == (1, 1)
    assert (more("mycophenolate", "severe"), more("rituximab", "severe")) == (0, 1)
    for number, relatedness in enumerate(("unlikely", "possible")):
        link = {"adverse_event_id": "next-day", "course_id": second[1], "relatedness": relatedness}
        if number:
            identity = {"adverse_event_id": "next-day", "course_id": second[1]}
            record.amend(own, actor, "attribution", identity, {"relatedness": relatedness}, "asked", 1)
        else:
            record.log(own, actor, "attribution", link)
        after = chosen(own, actor)
        assert more("rituximab", "related") == number
    link = {"adverse_event_id": "next-day", "course_id": first[1], "relatedness": "probable"}
    record.log(own, actor, "attribution", link)
    after = chosen(own, actor)
    assert (more("mycophenolate", "related"), more("mycophenolate", "outside")) == (0, 1)


# --- what must not be ranked


def test_pairs_whose_intervals_overlap_are_named() -> None:
    sides = [Side("A", 0.1, 0.4), Side("B", 0.4, 0.6), Side("C", 0.7, 0.9)]
    assert overlapping(sides) == ([("A", "B")], [("A", "C"), ("B", "C")])
    assert "must not be ranked: A and B." in not_to_be_ranked(sides, "regimens")
    assert not_to_be_ranked(sides[:1], "regimens") == ""
    assert not_to_be_ranked(sides[:2], "regimens").startswith(
        "All intervals overlap: these regimens must not"
    )
    assert not_to_be_ranked([sides[0], sides[2]], "regimens").startswith("No two of these intervals overlap.")


def test_many_pairs_are_counted_and_the_few_that_stand_apart_are_named() -> None:
    sides = [Side(name, 0.1, 0.5) for name in "ABCDE"] + [Side("F", 0.5, 0.6), Side("G", 0.0, 0.4)]
    said = not_to_be_ranked(sides, "lines")
    assert said.startswith("20 of 21 pairs overlap and must not be ranked: all but F and G.")


def test_the_reference_cohort_ranks_no_regimen(everything: Figures) -> None:
    said = everything.as_json()["not_to_be_ranked"]
    assert said["response_by_regimen"].count("must not be ranked") == 2
    assert said["adverse_events_by_regimen"].count("must not be ranked") == 2
    assert said["remission_off_treatment"].count("must not be ranked") == 2
    assert said["duration_of_response"]["regimen"].startswith("At 12 months: ITP: ")
    assert said["duration_of_response"]["disease"].startswith(
        "At 12 months: All intervals overlap: these diseases"
    )
    for sentence in (said["response_by_line"], *said["time_to_next_course"].values()):
        assert sentence.endswith("so no difference here is an effect.")
        assert sentence.count("no difference here is an effect") == 1


# --- the whole


def test_json_is_plain_and_says_what_it_rests_on(everything: Figures) -> None:
    told = everything.as_json()
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert told["basis"]["selection"] == "all courses"
    assert told["basis"]["synthetic"] is True
    assert told["basis"]["criteria"] == ["itp-iwg-2009", "aiha-hammersmith-2017"]


def test_an_empty_registry_has_figures_without_groups(registry: Database, operator: Actor) -> None:
    found = cohort.figures(registry, operator)
    assert (found.by_regimen, found.harms, found.sequences) == ((), (), ())
    assert found.basis.courses == 0
    json.dumps(found.as_json(), allow_nan=False)
    assert "0 patients" in found.text()
    assert cohort.swimmers(registry, operator, Filter()).found == 0
    assert cohort.choices(registry, operator).regimens == ()


def test_a_page_of_swimmers_follows_the_other_without_losing_a_patient(cohort_module: Database) -> None:
    pages = [cohort.swimmers(cohort_module, CLINICIAN, Filter(), skip=skip, take=15) for skip in (0, 15, 30)]
    assert [page.found for page in pages] == [41, 41, 41]
    seen = [{row["patient_id"] for row in page.rows} for page in pages]
    assert [len(one) for one in seen] == [15, 15, 11]
    assert len(set.union(*seen)) == 41
    assert sum(len(page.rows) for page in pages) == 87
    aiha = cohort.swimmers(cohort_module, CLINICIAN, Filter(disease="AIHA"))
    assert (aiha.found, {row["disease"] for row in aiha.rows}) == (13, {"AIHA"})


def test_a_course_in_the_swimmer_plot_lasts_until_the_next_or_the_end_of_follow_up(
    cohort_module: Database,
) -> None:
    rows = cohort.swimmers(cohort_module, CLINICIAN, Filter()).rows
    for row in rows:
        later = [
            other["started_on"]
            for other in rows
            if (other["patient_id"], other["disease"]) == (row["patient_id"], row["disease"])
            and other["started_on"] > row["started_on"]
        ]
        assert row["until_on"] == min(later, default=row["last_on"])
