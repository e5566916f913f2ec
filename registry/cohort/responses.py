"""Figures that ITP and AIHA share: response, relapse, duration, remission after stopping, follow-up."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from adjudication.agents import regimen_word
from registry.cohort.figure import (
    About,
    CurveMedian,
    CurveShare,
    Figure,
    Middle,
    Reading,
    Share,
    defensible,
    printed,
)
from registry.cohort.remissions import off_treatment_curve
from registry.cohort.tally import Keep, Row, Tally, months, slug, total, values, where
from registry.statistics import kaplan_meier, reverse_kaplan_meier, spread

RESPONSES = "responses"


def state(about: About, patients: Sequence[Row], part: Keep, reading: Reading | None = None) -> Share:
    """Patients in a state at the last count; who was last counted long before the end of follow-up is told apart."""
    known = [row for row in patients if row["state"] != "unknown"]
    return Share.of(about, known, part, not_known=total(patients) - total(known), reading=reading)


def in_response(row: Row) -> bool:
    """True for a patient whose last course that was judged holds its response."""
    return row["state"] in ("CR", "lesser")


def courses_of(tally: Tally, disease: str) -> list[Row]:
    """Courses that were meant to bring a response: neither observation nor maintenance (DEF-LINE-02, -03)."""
    mine = filter(where(disease=disease), tally.courses)
    return [row for row in mine if row["line_number"] > 0 and row["intent"] != "maintenance"]


def orr(about: About, courses: Sequence[Row], reading: Reading | None = None) -> Share:
    """Responding courses of all courses started; those that cannot be judged count against, and are shown."""
    return Share.of(
        about,
        courses,
        where(responded=True),
        not_evaluable=total(courses, where(best_response="NE")),
        reading=reading,
    )


def relapse(name: str, number: int, agents: str, courses: Sequence[Row], reading: Reading | None) -> Share:
    """Responses that were lost, of all responses."""
    return Share.of(
        About(f"{name}_relapse", number, f"Response to {agents} lost", RESPONSES),
        list(filter(where(responded=True), courses)),
        where(relapsed=True),
        reading=reading,
    )


def duration(name: str, number: int, agents: str, responses: Sequence[Row]) -> Iterator[Figure]:
    """Duration of response: the plain median, and that of Kaplan-Meier."""
    lost = list(months(values(responses, "days", where(status="event"))))
    ongoing = list(months(values(responses, "days", lambda row: row["status"] != "event")))
    label = f"Duration of response to {agents}"
    yield Middle(
        About(f"{name}_duration_naive", number, label, "months"),
        spread(lost + ongoing),
        RESPONSES,
        reading=printed(
            "A plain median of what was observed: responses that go on count as if they had ended, so it is "
            "too short."
        ),
    )
    curve = kaplan_meier(lost + ongoing, [True] * len(lost) + [False] * len(ongoing))
    yield CurveMedian(
        About(f"{name}_duration", number, label, "months"),
        curve.median(),
        len(lost),
        len(ongoing),
        RESPONSES,
        reading=defensible("Kaplan-Meier: responses that go on, or end with death, are censored then."),
    )


def held(name: str, number: int, agents: str, courses: Sequence[Row], tally: Tally) -> Iterator[Figure]:
    """Held after stopping as printed, and off-treatment remission, which asks for a threshold and a time."""
    stopped = list(filter(where(stopped=True), courses))
    unit = "stopped courses"
    seen = list(filter(where(seen_late=True), stopped))
    yield Share.of(
        About(f"{name}_held", number, f"Response held at the last count after stopping {agents}", unit),
        seen,
        where(relapsed=False),
        not_known=total(stopped) - total(seen),
        reading=printed(
            "Not lost by the last count, however soon after stopping that was. Not known where that count lies long "
            "before the next course or the end of follow-up (DEF-STAT-06)."
        ),
    )
    regimens = {row["regimen"] for row in stopped}
    for threshold in ("srot30", "srot50"):
        known = [row for row in stopped if row[threshold] is not None]
        yield Share.of(
            About(f"{name}_{threshold}", number, f"Off-treatment remission ({threshold}), {agents}", unit),
            known,
            where(**{threshold: True}),
            reading=defensible(
                "Every count at or above the threshold until long enough after the last dose (DEF-TFR-01), of "
                "the courses of which that is known: losses are known early, successes late, so it is too low."
            ),
        )
        yield remission_kept(f"{name}_{threshold}_kept", number, agents, threshold, regimens, tally)


def remission_kept(
    figure_id: str, number: int, agents: str, threshold: str, regimens: Collection[str | None], tally: Tally
) -> CurveShare:
    """Remission off treatment by Kaplan-Meier from the last dose."""
    rows = [row for row in tally.off_treatment if row["name"] == threshold and row["regimen"] in regimens]
    curve = off_treatment_curve(rows)
    kept = curve.kept(tally.off_days)
    estimate, low, high = kept or (None, None, None)
    label = f"Off-treatment remission ({threshold}) kept for more than {tally.off_days} days, {agents}"
    return CurveShare(
        About(figure_id, number, label, "stopped courses"),
        tally.off_days,
        estimate,
        low,
        high,
        int(curve.events.sum()),
        curve.n,
        "stopped courses",
        curve.median().estimate,
        reading=defensible(
            "Kaplan-Meier from the last dose: a count below the threshold, a rescue or a next course is a loss; the "
            "last count, death and a course of the other lineage end the observation (DEF-TFR-01)."
        ),
    )


def follow_up(name: str, number: int, disease: str, tally: Tally, keep: Keep) -> Iterator[Figure]:
    """Plain median of the follow-up, and that of reverse Kaplan-Meier."""
    mine = [row for row in tally.follow_up if keep(row)]
    alive = list(months(values(mine, "days", where(died=False))))
    dead = list(months(values(mine, "days", where(died=True))))
    label = f"Follow-up from the onset of {disease}"
    yield Middle(
        About(f"{name}_follow_up", number, label, "months"),
        spread(alive + dead),
        "patients",
        reading=printed("A plain median of the time observed, which deaths shorten."),
    )
    curve = reverse_kaplan_meier(alive + dead, [False] * len(alive) + [True] * len(dead))
    yield CurveMedian(
        About(f"{name}_follow_up_reverse", number, label, "months"),
        curve.median(),
        len(alive),
        len(dead),
        "patients",
        "reverse Kaplan-Meier",
        reading=defensible("Reverse Kaplan-Meier: the follow-up that there would be without deaths."),
    )


def still_on_treatment(name: str, number: int, mine: list[Row]) -> Iterator[Figure]:
    """Patients with a course that goes on, all and by regimen."""
    about = About(f"{name}_on_treatment", number, "Still on treatment", "patients")
    yield Share.of(about, mine, lambda row: row["on_regimen"] is not None)
    for regimen in sorted({row["on_regimen"] for row in mine if row["on_regimen"] is not None}):
        about = About(f"{name}_on_{slug(regimen)}", number, f"Still on {regimen_word(regimen)}", "patients")
        yield Share.of(about, mine, where(on_regimen=regimen))


def every_regimen(name: str, tally: Tally, disease: str, but: Collection[str] = ()) -> Iterator[Figure]:
    """Response to every regimen given for a disease in any line, most used first."""
    courses = courses_of(tally, disease)
    for row in filter(where(disease=disease), tally.regimens):
        regimen = row["regimen"]
        if regimen is not None and regimen not in but:
            about = About(
                f"{name}_{slug(regimen)}_orr", None, f"Response to {regimen_word(regimen)}", "courses"
            )
            yield orr(about, list(filter(where(regimen=regimen), courses)))
