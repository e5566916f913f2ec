"""Figures that ITP and AIHA share: response, relapse, duration, remission after stopping, follow-up."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from adjudication.agents import regimen_word
from registry.cohort.figure import About, CurveMedian, CurveShare, Figure, Middle, Share
from registry.cohort.remissions import off_treatment_curve
from registry.cohort.tally import Keep, Row, Tally, months, slug, total, values, where
from registry.patients.call_facts import FIXED_TIMES
from registry.statistics import kaplan_meier, reverse_kaplan_meier, spread

RESPONSES = "responses"


def state(about: About, patients: Sequence[Row], part: Keep) -> Share:
    """Patients in a state at the last count; who was last counted long before the end of follow-up is told apart."""
    known = [row for row in patients if row["state"] != "unknown"]
    return Share.of(about, known, part, not_known=total(patients) - total(known))


def in_response(row: Row) -> bool:
    """True for a patient whose last course that was judged holds its response."""
    return row["state"] in ("CR", "lesser")


def courses_of(tally: Tally, disease: str) -> list[Row]:
    """Courses that are judged for response: neither observation nor started in response (DEF-LINE-02, -03)."""
    return list(filter(where(disease=disease, aims=True), tally.courses))


def orr(about: About, courses: Sequence[Row]) -> Share:
    """Responding courses of the courses started; those that cannot be judged count against, and are shown."""
    return of_assessable(about, courses, where(responded=True))


def of_assessable(about: About, courses: Sequence[Row], part: Keep) -> Share:
    """A share of courses, without those that are too early to be judged: these are told beside it (DEF-ITP-21)."""
    known = list(filter(where(not_yet=False), courses))
    return Share.of(
        about,
        known,
        part,
        not_evaluable=total(known, where(best_response="NE")),
        not_yet_assessable=total(courses) - total(known),
    )


def maintained(tally: Tally) -> Iterator[Figure]:
    """Of the courses that started in response, those under which it was not lost (DEF-LINE-07)."""
    yield Share.of(
        About("maintained", "Response maintained, of the courses that started in it", "courses"),
        list(filter(where(followed=True), tally.courses)),
        where(followed_lost=False),
    )


def fixed_times(tally: Tally) -> Iterator[Figure]:
    """Outcomes of ASH 2019 at fixed times, of the courses that have a count then (DEF-ITP-20)."""
    courses = courses_of(tally, "ITP")
    for name, outcome in FIXED_TIMES.items():
        known = [row for row in courses if row[name] is not None]
        yield Share.of(
            About(f"itp_{name}", outcome.capitalize(), "courses"),
            known,
            where(**{name: True}),
            not_assessable=total(courses) - total(known),
        )


def relapse(name: str, agents: str, courses: Sequence[Row]) -> Share:
    """Responses that were lost, of all responses."""
    return Share.of(
        About(f"{name}_relapse", f"Response to {agents} lost", RESPONSES),
        list(filter(where(responded=True), courses)),
        where(relapsed=True),
    )


def duration(name: str, agents: str, responses: Sequence[Row]) -> Iterator[Figure]:
    """Duration of response: the plain median, and that of Kaplan-Meier."""
    lost = list(months(values(responses, "days", where(status="event"))))
    ongoing = list(months(values(responses, "days", lambda row: row["status"] != "event")))
    label = f"Duration of response to {agents}"
    yield Middle(
        About(f"{name}_duration_naive", label, "months"),
        spread(lost + ongoing),
        RESPONSES,
    )
    curve = kaplan_meier(lost + ongoing, [True] * len(lost) + [False] * len(ongoing))
    yield CurveMedian(
        About(f"{name}_duration", label, "months"),
        curve.median(),
        len(lost),
        len(ongoing),
        RESPONSES,
    )


def held(name: str, agents: str, courses: Sequence[Row], tally: Tally) -> Iterator[Figure]:
    """Held after stopping as printed, and off-treatment remission, which asks for a threshold and a time."""
    stopped = list(filter(where(stopped=True), courses))
    unit = "stopped courses"
    seen = list(filter(where(seen_late=True), stopped))
    yield Share.of(
        About(f"{name}_held", f"Response held at the last count after stopping {agents}", unit),
        seen,
        where(relapsed=False),
        not_known=total(stopped) - total(seen),
    )
    regimens = {row["regimen"] for row in stopped}
    for threshold in ("srot30", "srot50"):
        known = [row for row in stopped if row[threshold] is not None]
        yield Share.of(
            About(f"{name}_{threshold}", f"Off-treatment remission ({threshold}), {agents}", unit),
            known,
            where(**{threshold: True}),
        )
        yield remission_kept(f"{name}_{threshold}_kept", agents, threshold, regimens, tally)


def remission_kept(
    figure_id: str, agents: str, threshold: str, regimens: Collection[str | None], tally: Tally
) -> CurveShare:
    """Remission off treatment by Kaplan-Meier from the last dose."""
    rows = [row for row in tally.off_treatment if row["name"] == threshold and row["regimen"] in regimens]
    curve = off_treatment_curve(rows)
    kept = curve.kept(tally.off_days)
    estimate, low, high = kept or (None, None, None)
    label = f"Off-treatment remission ({threshold}) kept for more than {tally.off_days} days, {agents}"
    return CurveShare(
        About(figure_id, label, "stopped courses"),
        tally.off_days,
        estimate,
        low,
        high,
        int(curve.events.sum()),
        curve.n,
        "stopped courses",
        curve.median().estimate,
    )


def follow_up(name: str, disease: str, tally: Tally, keep: Keep) -> Iterator[Figure]:
    """Plain median of the follow-up, and that of reverse Kaplan-Meier."""
    mine = [row for row in tally.follow_up if keep(row)]
    alive = list(months(values(mine, "days", where(died=False))))
    dead = list(months(values(mine, "days", where(died=True))))
    label = f"Follow-up from the onset of {disease}"
    yield Middle(
        About(f"{name}_follow_up", label, "months"),
        spread(alive + dead),
        "patients",
    )
    curve = reverse_kaplan_meier(alive + dead, [False] * len(alive) + [True] * len(dead))
    yield CurveMedian(
        About(f"{name}_follow_up_reverse", label, "months"),
        curve.median(),
        len(alive),
        len(dead),
        "patients",
        "reverse Kaplan-Meier",
    )


def still_on_treatment(name: str, mine: list[Row]) -> Iterator[Figure]:
    """Patients with a course that goes on, all and by regimen."""
    about = About(f"{name}_on_treatment", "Still on treatment", "patients")
    yield Share.of(about, mine, lambda row: row["on_regimen"] is not None)
    for regimen in sorted({row["on_regimen"] for row in mine if row["on_regimen"] is not None}):
        about = About(f"{name}_on_{slug(regimen)}", f"Still on {regimen_word(regimen)}", "patients")
        yield Share.of(about, mine, where(on_regimen=regimen))


def every_regimen(name: str, tally: Tally, disease: str, but: Collection[str] = ()) -> Iterator[Figure]:
    """Response to every regimen given for a disease in any line, most used first."""
    courses = courses_of(tally, disease)
    for row in filter(where(disease=disease), tally.regimens):
        regimen = row["regimen"]
        if regimen is not None and regimen not in but:
            about = About(f"{name}_{slug(regimen)}_orr", f"Response to {regimen_word(regimen)}", "courses")
            yield orr(about, list(filter(where(regimen=regimen), courses)))
