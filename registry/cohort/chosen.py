"""The figures of the courses that a filter chooses: response, duration, sequences, remission, adverse events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from adjudication.response.terms import Disease
from registry import sql
from registry.cohort.cohort_tables import cohort_of, left_out, severe_grade
from registry.cohort.curves import BY, LANDMARKS, Arm, By, arms, median_words
from registry.cohort.filter import Filter
from registry.cohort.groups import Group, Row, by_line, by_regimen, fixed_time
from registry.cohort.harms import Harm, harms
from registry.cohort.provenance import Basis
from registry.cohort.ranking import NOT_BY_CHANCE, Side, not_to_be_ranked
from registry.cohort.remissions import Remission, remissions
from registry.cohort.scope import Scope, require_rows, scope_of
from registry.cohort.sequences import Sequence, line_word, sequences
from registry.patients import search
from registry.record.synthetic import is_synthetic
from registry.roles import Actor, Permission, readable_sites
from registry.statistics import round_half_up
from registry.store.database import Database
from registry.store.snapshot import Snapshot

BLIND = "Calls are not shown to this account, so response and its duration are left out."


@dataclass(frozen=True)
class Figures:
    """What is counted of the chosen courses. What rests on calls is empty for who may not see them.

    `durations` and `next_courses` have the curves by regimen, by line and by disease. `not_judged` courses have no
    call yet, `without_course` patients of the cohort no course at all.
    """

    basis: Basis
    not_judged: int
    without_course: int
    by_regimen: tuple[Group, ...]
    by_line: tuple[Group, ...]
    fixed_times: tuple[Row, ...]
    durations: Mapping[By, tuple[Arm, ...]]
    next_courses: Mapping[By, tuple[Arm, ...]]
    sequences: tuple[Sequence, ...]
    remissions: tuple[Remission, ...]
    harms: tuple[Harm, ...]
    kinds: tuple[Row, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain values: every table of the page by name."""
        return {
            "basis": self.basis.as_json(),
            "calls_shown": self.basis.scope.calls,
            "courses_not_judged": self.not_judged,
            "patients_without_course": self.without_course,
            "response_by_regimen": [one.as_row() for one in self.by_regimen],
            "response_by_line": [one.as_row() for one in self.by_line],
            "response_at_fixed_times": [dict(one) for one in self.fixed_times],
            "duration_of_response": {by: [one.as_row() for one in self.durations[by]] for by in BY},
            "time_to_next_course": {by: [one.as_row() for one in self.next_courses[by]] for by in BY},
            "sequences": [one.as_row() for one in self.sequences],
            "remission_off_treatment": [one.as_row() for one in self.remissions],
            "adverse_events_by_regimen": [one.as_row() for one in self.harms],
            "adverse_events_by_kind": [dict(one) for one in self.kinds],
            "severe_from_grade": severe_grade(),
            "not_to_be_ranked": {
                "response_by_regimen": unranked(self.by_regimen),
                "response_by_line": unranked(self.by_line, "lines"),
                "duration_of_response": {by: unranked_curves(self.durations[by], by) for by in BY},
                "time_to_next_course": {by: unranked_curves(self.next_courses[by], by) for by in BY},
                "remission_off_treatment": unranked_remissions(self.remissions),
                "adverse_events_by_regimen": unranked_rates(self.harms),
            },
        }

    def text(self) -> str:
        """The tables for a terminal, aligned."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        if self.basis.synthetic:
            yield "SYNTHETIC patients, invented; nothing here says anything about real ones"
        yield str(self.basis)
        if not self.basis.scope.calls:
            yield BLIND
        elif self.not_judged:
            yield f"{self.not_judged} courses are not assessed yet and count as not responding: `nadir adjudicate`."
        for title, groups in (("regimen", self.by_regimen), ("line", self.by_line)):
            if groups:
                yield from ("", f"RESPONSE BY {title.upper()} (courses, exact 95 % interval)")
                yield from _aligned(_group_cells(one) for one in groups)
                yield unranked(groups, f"{title}s")
        if self.fixed_times:
            yield from (
                "",
                "ITP, OUTCOMES AT FIXED TIMES (ASH 2019; courses with a count then, exact 95 % interval)",
            )
            yield from _aligned(_fixed_cells(one) for one in self.fixed_times)
        for title, found in (
            ("DURATION OF RESPONSE (Kaplan-Meier median, log-log 95 % interval)", self.durations),
            (
                "TIME TO THE NEXT COURSE OR DEATH (Kaplan-Meier median, log-log 95 % interval)",
                self.next_courses,
            ),
        ):
            if found["regimen"]:
                yield from ("", title)
                yield from _aligned(_arm_cells(one) for one in found["regimen"])
                yield unranked_curves(found["regimen"], "regimen")
        if self.remissions:
            yield from (
                "",
                "REMISSION OFF TREATMENT (Kaplan-Meier from the last dose, log-log 95 % interval, and what is known)",
            )
            yield from _aligned(_remission_cells(one) for one in self.remissions)
            yield unranked_remissions(self.remissions)
        if self.sequences:
            yield from ("", "SEQUENCES OF LINES (patients)")
            yield from _aligned(
                (one.disease, str(one.patients), " > ".join(filter(None, map(line_word, one.lines))))
                for one in self.sequences
            )
        if self.harms:
            yield from (
                "",
                "ADVERSE EVENTS (all; at least possibly due to the course), exact Poisson 95 % interval",
            )
            yield from _aligned(_harm_cells(one) for one in self.harms)
            yield unranked_rates(self.harms)


def figures(db: Database, actor: Actor, chosen: Filter | None = None) -> Figures:
    """The figures of the courses that `chosen` means, of the sites where `actor` may read.

    Where the actor may not see calls, nothing of a call is read. Works on any registry. Raises NotPermitted for a
    site of which no figures may be seen, where there is none, and for whoever may read no patient there and asks for
    less than a whole cohort: a figure of few courses is a figure of one patient.
    """
    chosen = chosen or Filter()
    scope = scope_of(actor, chosen.sites)
    if not chosen.is_whole:
        require_rows(actor, scope)
    with cohort_of(db, scope, chosen) as snapshot:
        (size,) = _rows(snapshot, "size")
        of_calls = {
            name: _rows(snapshot, name) if scope.calls else []
            for name in ("responses", "fixed_times", "durations", "remissions", "off_treatment")
        }
        others = {name: _rows(snapshot, name) for name in ("next_courses", "sequences", "harms", "kinds")}
        ((off_days,),) = snapshot.rows("SELECT off_days FROM plan")
        basis = _basis(db, snapshot, scope, chosen, size)
    return Figures(
        basis=basis,
        not_judged=size["not_judged"] if scope.calls else 0,
        without_course=size["without_course"],
        by_regimen=by_regimen(of_calls["responses"]),
        by_line=by_line(of_calls["responses"]),
        fixed_times=tuple(fixed_time(row) for row in of_calls["fixed_times"]),
        durations={by: arms(of_calls["durations"], by, {"event"}) for by in BY},
        next_courses={by: arms(others["next_courses"], by, {"next", "death"}) for by in BY},
        sequences=sequences(others["sequences"]),
        remissions=remissions(of_calls["remissions"], of_calls["off_treatment"], off_days),
        harms=harms(others["harms"]),
        kinds=tuple(others["kinds"]),
    )


@dataclass(frozen=True)
class Swimmers:
    """The courses of a page of patients, for `charts.swimmer_spec`; `found` is the number of all patients."""

    basis: Basis
    rows: tuple[dict[str, Any], ...]
    found: int


def swimmers(db: Database, actor: Actor, chosen: Filter, *, skip: int = 0, take: int = 60) -> Swimmers:
    """The patients with a chosen course, `take` of them after the first `skip`, each with all courses.

    Without the right to see calls none is given. Raises NotPermitted as `figures`, and for whoever may not read the
    patients.
    """
    scope = scope_of(actor, chosen.sites)
    require_rows(actor, scope)
    with cohort_of(db, scope, chosen) as snapshot:
        (size,) = _rows(snapshot, "size")
        rows = snapshot.arrow(sql.text("queries/cohort_swimmers"), [skip, take]).to_pylist()
        basis = _basis(db, snapshot, scope, chosen, size)
    found = int(rows[0]["found"]) if rows else 0
    return Swimmers(basis, tuple({name: row[name] for name in row if name != "found"} for row in rows), found)


@dataclass(frozen=True)
class Choices:
    """What there is to choose from: the regimens, lines and sites of the cohorts of which a person sees figures."""

    regimens: tuple[str, ...]
    lines: tuple[int, ...]
    sites: tuple[str, ...]


def choices(db: Database, actor: Actor) -> Choices:
    """The regimens (the most used first), lines and sites of the cohorts of which `actor` sees figures."""
    sites = readable_sites(actor, Permission.FIGURES)
    used: dict[str, int] = {}
    lines = set()
    for regimen, line, courses in db.rows(sql.text("queries/cohort_regimens"), [sites]):
        used[regimen] = used.get(regimen, 0) + courses
        lines |= set() if line is None else {int(line)}
    return Choices(
        tuple(sorted(used, key=lambda regimen: (-used[regimen], regimen))),
        tuple(sorted(lines)),
        tuple(search.sites_of(db, actor, Permission.FIGURES)),
    )


def unranked(groups: tuple[Group, ...], what: str = "regimens") -> str:
    """Which groups must not be ranked by their response, within each disease; `what` they are, in the plural."""
    return _by_disease(
        (
            (one.disease, Side(one.label, one.interval.low, one.interval.high))
            for one in groups
            if one.interval is not None
        ),
        what,
    )


def unranked_rates(found: tuple[Harm, ...]) -> str:
    """Which regimens must not be ranked by their rate of adverse events, within each disease."""
    return _by_disease(
        (
            (one.disease, Side(one.label, one.rate.interval.low, one.rate.interval.high))
            for one in found
            if one.rate.interval is not None
        ),
        "regimens",
    )


def unranked_remissions(found: tuple[Remission, ...]) -> str:
    """Which regimens must not be ranked by remission off treatment, within each disease and measure."""
    sides = []
    for one in found:
        if one.kept is not None:
            _, low, high = one.kept
            known = Side(one.label, 0.0, 1.0) if low is None or high is None else Side(one.label, low, high)
            sides.append((f"{one.disease}, {one.name}", known))
    return _by_disease(iter(sides), "regimens")


def unranked_curves(found: tuple[Arm, ...], by: By) -> str:
    """Which groups must not be ranked by their curves, as they stand at the first landmark.

    Where nobody has lost it yet the interval of the curve is not defined; then it is taken to be all there is.
    """
    month = LANDMARKS[0]
    sides = []
    for one in found:
        kept = one.kept(month)
        if kept is not None:
            _, low, high = kept
            known = Side(one.label, 0.0, 1.0) if low is None or high is None else Side(one.label, low, high)
            sides.append(("" if by == "disease" else one.disease, known))
    said = _by_disease(iter(sides), f"{by}s")
    return f"At {month} months: {said}" if said else ""


def _by_disease(sides: Iterator[tuple[str, Side]], what: str) -> str:
    members: dict[str, list[Side]] = {}
    for disease, side in sides:
        members.setdefault(disease, []).append(side)
    said = {disease: not_to_be_ranked(mine, what) for disease, mine in members.items()}
    told = {disease: text for disease, text in said.items() if text}
    if not told:
        return ""
    named = [f"{disease}: {text}" if len(members) > 1 else text for disease, text in told.items()]
    return " ".join([*named, NOT_BY_CHANCE])


def _rows(snapshot: Snapshot, name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = snapshot.arrow(sql.text(f"queries/cohort_{name}")).to_pylist()
    return rows


def _basis(db: Database, snapshot: Snapshot, scope: Scope, chosen: Filter, size: Mapping[str, int]) -> Basis:
    judging = chosen.judging()
    diseases = [one for one in (Disease.ITP, Disease.AIHA) if chosen.disease in (None, one.name)]
    return Basis(
        chosen=chosen,
        scope=scope,
        patients=size["patients"],
        courses=size["courses"],
        decided=size["decided"] if scope.calls else 0,
        criteria=tuple(judging[one] for one in diseases) if scope.calls else (),
        revision=snapshot.revision,
        synthetic=is_synthetic(db),
        left_out=left_out(snapshot),
    )


# --- for a terminal


def _aligned(rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    cells = list(rows)
    widths = [max(len(row[place]) for row in cells) for place in range(len(cells[0]))]
    for row in cells:
        yield "  " + "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()


def _group_cells(one: Group) -> tuple[str, ...]:
    row = one.as_row()
    return (
        one.disease,
        one.label,
        f"{one.k}/{one.n}",
        f"{row['percent']} %" if one.n else "",
        f"{row['ci_low_percent']}–{row['ci_high_percent']} %" if one.n else "",
        f"{one.not_evaluable} NE",
        f"{one.decided} by decision" if one.decided else "",
        f"{one.not_yet_assessable} not yet assessable" if one.not_yet_assessable else "",
        f"{one.maintained} of {one.followed} started in response maintained" if one.followed else "",
    )


def _fixed_cells(row: Row) -> tuple[str, ...]:
    share = f"{row['k']}/{row['n']}"
    known = (
        (f"{row['percent']} %", f"{row['ci_low_percent']}–{row['ci_high_percent']} %")
        if row["n"]
        else ("", "")
    )
    return row["group"], row["outcome"], share, *known, f"{row['not_assessable']} not assessable"


def _arm_cells(one: Arm) -> tuple[str, ...]:
    ended = f"{one.events} ended, {one.censored} censored"
    died = f"{one.deaths} died" if one.deaths else ""
    return one.disease, one.label, f"n = {one.n}", median_words(one.median), ended, died


def _remission_cells(one: Remission) -> tuple[str, ...]:
    row = one.as_row()
    days = f"kept_{one.days}_days"
    low, high = row[f"{days}_ci_low"], row[f"{days}_ci_high"]
    interval = "" if low is None or high is None else f" ({low}–{high})"
    share = "not observed so long" if row[days] is None else f"{row[days]} %{interval}"
    return (
        one.disease,
        one.label,
        one.name,
        f"n = {row['n']}",
        f"{share} at {one.days} days",
        f"{one.lost} lost",
        f"{one.k}/{one.known} known to hold",
        f"{one.stopped - one.known} not yet known",
    )


def _harm_cells(one: Harm) -> tuple[str, ...]:
    rate, related = one.rate, one.related_rate

    def said(found: Any) -> str:
        if found.estimate is None:
            return "no time at risk"
        low, high = found.interval.low, found.interval.high
        return f"{round_half_up(found.estimate, 2)} ({round_half_up(low, 2)}–{round_half_up(high, 2)})"

    return (
        one.disease,
        one.label,
        f"{round_half_up(one.months, 1)} person-months",
        f"{one.events} events",
        f"{said(rate)} per 100",
        f"{one.related} at least possible",
        f"{said(related)} per 100",
        f"{one.severe} severe",
    )
