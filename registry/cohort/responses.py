"""Figures that ITP and AIHA share: response, relapse, duration, remission after stopping, follow-up."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from adjudication.agents import regimen_word
from registry.cohort.figure import About, CurveMedian, Figure, Middle, Reading, Share, defensible, printed
from registry.cohort.tally import Keep, Row, Tally, months, slug, total, values, where
from registry.statistics import kaplan_meier, reverse_kaplan_meier, spread

RESPONSES = "responses"


def in_response(row: Row) -> bool:
    """True for a patient whose last course that was judged holds its response."""
    return row["state"] in ("CR", "lesser")


def courses_of(tally: Tally, disease: str) -> list[Row]:
    """Courses that were meant to bring a response: neither observation nor maintenance (DEF-LINE-02, -03)."""
    mine = filter(where(disease=disease), tally.courses)
    return [row for row in mine if row["line_number"] > 0 and row["intent"] != "maintenance"]


def orr(about: About, courses: Sequence[Row], reading: Reading | None = None) -> Share:
    """Responding courses of all courses started; those that cannot be judged count against, and are shown."""
    return Share(
        about,
        total(courses, where(responded=True)),
        total(courses),
        total(courses, where(best_response="NE")),
        reading=reading,
    )


def relapse(name: str, number: int, agents: str, courses: Sequence[Row], reading: Reading | None) -> Share:
    """Responses that were lost, of all responses."""
    return Share(
        About(f"{name}_relapse", number, f"Response to {agents} lost", RESPONSES),
        total(courses, where(responded=True, relapsed=True)),
        total(courses, where(responded=True)),
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


def held(name: str, number: int, agents: str, courses: Sequence[Row]) -> Iterator[Figure]:
    """Held after stopping as printed, and off-treatment remission, which asks for a threshold and a time."""
    stopped = [row for row in courses if row["stopped"]]
    unit = "stopped courses"
    yield Share(
        About(f"{name}_held", number, f"Response held after stopping {agents}", unit),
        total(stopped, where(relapsed=False)),
        total(stopped),
        reading=printed("Not lost by the last count, however soon after stopping that was."),
    )
    for threshold in ("srot30", "srot50"):
        known = [row for row in stopped if row[threshold] is not None]
        yield Share(
            About(f"{name}_{threshold}", number, f"Off-treatment remission ({threshold}), {agents}", unit),
            total(known, where(**{threshold: True})),
            total(known),
            reading=defensible(
                "Every count at or above the threshold until long enough after the last dose (DEF-TFR-01), of "
                "the courses of which that is known."
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
    everyone = total(mine)
    still = total(mine, lambda row: row["on_regimen"] is not None)
    yield Share(About(f"{name}_on_treatment", number, "Still on treatment", "patients"), still, everyone)
    for regimen in sorted({row["on_regimen"] for row in mine if row["on_regimen"] is not None}):
        on = total(mine, where(on_regimen=regimen))
        about = About(f"{name}_on_{slug(regimen)}", number, f"Still on {regimen_word(regimen)}", "patients")
        yield Share(about, on, everyone)


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
