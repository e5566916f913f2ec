"""The views of the cohort page: each a chart, the sentence that it needs, and its table."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, cast

import streamlit as st

from registry.charts import PATIENTS_PER_PAGE, swimmer_spec
from registry.charts import cohort as charts
from registry.charts.palette import Theme
from registry.charts.swimmer import PICKED
from registry.cohort import Figures, Filter
from registry.cohort.chosen import unranked, unranked_curves, unranked_rates, unranked_remissions
from registry.cohort.cohort_tables import severe_grade
from registry.cohort.curves import By
from registry.screens import drawing, links, tables
from registry.screens.cohort import filters, words
from registry.screens.cohort.reads import read_figures, read_swimmers
from registry.screens.reads import kept
from registry.screens.session import Session
from registry.screens.texts import Marked

Spec = dict[str, Any]
GROUPS: Mapping[By, str] = {"regimen": "Regimen", "line": "Line", "disease": "Disease"}
WIDEN = "Widen the filter above, or clear it."


def responses(session: Session, chosen: Filter) -> None:
    """Response by regimen or by line."""
    found = read_figures(session, chosen)
    by = _by(("regimen", "line"))
    groups = found.by_regimen if by == "regimen" else found.by_line
    if not groups:
        _nothing("No course intended to bring a response")
        return
    if found.not_judged:
        st.warning(
            Marked(
                f"{found.not_judged:,} of these courses are not assessed yet and count as not responding. A "
                f"data manager can run the assessment on the home page or with `nadir adjudicate`."
            )
        )
    _said(unranked(groups, f"{by}s"))
    _chart(session, found, chosen, "response", by, f"response by {by}")
    rows = words.of_groups(groups, found.basis)
    unused = {
        "decided": not any(one.decided for one in groups),
        "not_yet_assessable": not any(one.not_yet_assessable for one in groups),
        "kept": not any(one.followed for one in groups),
    }
    titles = {name: title for name, title in words.RESPONSES.items() if not unused.get(name)}
    _table(session, found, f"table of response by {by}", rows, titles)
    st.caption(
        "Courses of all lines without observation. Courses that are not evaluable or not assessed yet are included and "
        "count as not responding. Not included are courses too early to assess (DEF-ITP-21) and courses that started "
        "in response, which are followed for its loss (DEF-LINE-07)."
    )
    if found.fixed_times:
        rows = words.of_fixed_times(found.fixed_times, found.basis)
        _table(session, found, "table of outcomes at fixed times", rows, words.FIXED_TIMES)
        st.caption("Of the courses for ITP that have a count near enough to the day (DEF-ITP-20).")


def durations(session: Session, chosen: Filter) -> None:
    """How long responses lasted."""
    found = read_figures(session, chosen)
    _curves(session, found, chosen, "duration", "duration of response", found.durations, "No response")
    st.caption(
        "From the onset of response to its loss. An ongoing response is censored at the last count in "
        "response, one that ends with death at the death. If patients died in response, the share lost is "
        "also given with death as a competing event (Aalen-Johansen): Kaplan-Meier alone overstates it. No "
        "test compares the groups."
    )


def next_courses(session: Session, chosen: Filter) -> None:
    """Time to the next course or death."""
    found = read_figures(session, chosen)
    _curves(
        session, found, chosen, "next", "time to the next course or death", found.next_courses, "No course"
    )
    st.caption(
        "From the start of a course to the next course for the same disease or to death, both of which end it; "
        "censored at the last day on which anything is recorded. Neither rescue nor watch and wait or maintenance "
        "after an active course counts (DEF-STAT-04, DEF-LINE-08)."
    )


def _curves(
    session: Session,
    found: Figures,
    chosen: Filter,
    view: str,
    name: str,
    curves: Mapping[By, Any],
    nothing: str,
) -> None:
    by = _by(("regimen", "line", "disease"))
    if not curves[by]:
        _nothing(nothing)
        return
    _said(unranked_curves(curves[by], by))
    _chart(session, found, chosen, view, by, f"{name} by {by}")
    competing = view == "duration" and any(one.deaths for one in curves[by])
    rows = words.of_arms(curves[by], found.basis, competing=competing)
    titles = words.DURATIONS | {
        "deaths": "Died, part of censored" if view == "duration" else "Died, part of ended"
    }
    if competing:
        titles |= {f"lost_{month}": f"Lost by {month} months, death competing" for month in words.LANDMARKS}
    _table(session, found, f"table of {name} by {by}", rows, titles)


def sequences(session: Session, chosen: Filter) -> None:
    """Which regimens followed each other."""
    found = read_figures(session, chosen)
    if not found.sequences:
        _nothing("No line of therapy")
        return
    if not chosen.is_everything:
        st.caption("Patients with at least one of the chosen courses, with all of their lines.")
    for disease in dict.fromkeys(one.disease for one in found.sequences):
        _chart(session, found, chosen, "sequences", disease, f"sequences of lines, {disease}")
    rows = words.of_sequences(found.sequences, found.basis)
    _table(session, found, "table of sequences", rows, words.SEQUENCES)


def remissions(session: Session, chosen: Filter) -> None:
    """Remission off treatment."""
    found = read_figures(session, chosen)
    if not found.remissions:
        _nothing("No course with an agent that can be stopped in remission was stopped in response")
        return
    _said(unranked_remissions(found.remissions))
    _chart(session, found, chosen, "remission", "", "remission off treatment")
    rows = words.of_remissions(found.remissions, found.basis)
    _table(session, found, "table of remission off treatment", rows, words.REMISSIONS)
    st.caption(
        "Remission off treatment by Kaplan-Meier from the last dose: a count below the threshold, a rescue or a next "
        "course for the same disease is a loss; the last count, death and a course of the other lineage end the "
        "observation (DEF-TFR-01). Known to hold so far: every count at or above the threshold until long enough after "
        "the last dose, of those of whom that is known; losses are known early and successes late, so it is too low."
    )


def harms(session: Session, chosen: Filter) -> None:
    """Adverse events by regimen and by kind."""
    found = read_figures(session, chosen)
    if not any(one.months for one in found.harms):
        _nothing("No course with time at risk")
        return
    _said(unranked_rates(found.harms))
    _chart(session, found, chosen, "harms", "", "adverse events by regimen")
    rows = words.of_harms(found.harms, found.basis)
    _table(session, found, "table of adverse events by regimen", rows, words.HARMS)
    kinds = words.of_kinds(found.kinds, found.basis)
    st.subheader("By kind")
    _table(
        session,
        found,
        "adverse events by kind",
        kinds,
        words.KINDS,
        empty="No adverse event in the time of these courses.",
    )
    st.caption(
        "The time of a course runs to the next course for the same disease, else to death or the last day recorded "
        "(DEF-AE-02). At least possible: held to be possibly, probably or definitely due to the course. Severe: CTCAE "
        f"grade {severe_grade()} or more, which is not the same as serious. In a patient with both diseases an event "
        "stands under a course of each, so the rows of regimens are not to be added up; those of kinds count it once."
    )


def courses(session: Session, chosen: Filter) -> None:
    """The swimmer plot, a page of patients at a time; a click or the list below it opens a patient."""
    found = read_swimmers(session, chosen, 1).found
    if not found:
        _nothing("No patient with a course")
        return
    pages = -(-found // PATIENTS_PER_PAGE)
    page = st.pagination(pages, key=f"swimmer page of {pages}") if pages > 1 else 1
    shown = read_swimmers(session, chosen, page)
    scope = shown.basis.scope
    if not scope.calls:
        st.caption("This account cannot see calls, so the courses are shown without them.")
    picked = drawing.chart(
        session,
        lambda look: _swimmers(session, chosen, page, look),
        "courses of patients",
        stamp=shown.basis.stamp,
        site=None if scope.sites is None else list(scope.sites),
        bulk=True,
        rows=[row | shown.basis.columns() for row in shown.rows],
        columns=[*shown.rows[0], *shown.basis.columns()],
        key="swimmers",
        on_select="rerun",
        selection=PICKED,
    )
    clicked = picked.selection.get(PICKED, []) if picked else []
    if clicked:
        _open(clicked[-1]["patient"])
    patients = list(dict.fromkeys(row["patient_id"] for row in shown.rows))
    named = st.selectbox(
        "Open a patient of this page",
        patients,
        index=None,
        placeholder="Type a pseudonym, then Enter",
        key="open patient",
        width=320,
    )
    if named:
        _open(named)


def _open(patient_id: str) -> None:
    st.switch_page(links.file_of("patient"), query_params={"patient": patient_id})


@kept(60)
def _swimmers(session: Session, chosen: Filter, page: int, look: Theme) -> Spec:
    shown = read_swimmers(session, chosen, page)
    patients = len({row["patient_id"] for row in shown.rows})
    first = (page - 1) * PATIENTS_PER_PAGE
    part = f"patients {first + 1} to {first + patients} of {shown.found:,}" if shown.found > patients else ""
    return swimmer_spec(
        shown.rows, theme=look, synthetic=session.synthetic, part=part, note=str(shown.basis), pick=True
    )


@kept(120)
def _spec(session: Session, chosen: Filter, view: str, part: str, look: Theme) -> Spec:
    found = read_figures(session, chosen)
    more: dict[str, Any] = {"theme": look, "synthetic": session.synthetic, "note": str(found.basis)}
    by = cast(By, part)
    made: dict[str, Callable[[], Spec]] = {
        "response": lambda: charts.responses_spec(
            found.by_regimen if part == "regimen" else found.by_line, title=f"Response by {part}", **more
        ),
        "duration": lambda: charts.km_spec(
            found.durations[by],
            title=f"Duration of response by {part}",
            axis="Time from the onset of response",
            share="Still in response",
            ends="Relapsed",
            **more,
        ),
        "next": lambda: charts.km_spec(
            found.next_courses[by],
            title=f"Time to the next course or death by {part}",
            axis="Time from the start of the course",
            share="Alive without the next course",
            ends="Next course",
            **more,
        ),
        "sequences": lambda: charts.sequences_spec(
            [one for one in found.sequences if one.disease == part],
            title=f"Sequences of lines, {part}",
            **more,
        ),
        "remission": lambda: charts.remissions_spec(
            found.remissions, title="Remission off treatment", **more
        ),
        "harms": lambda: charts.rates_spec(found.harms, title="Adverse events by regimen", **more),
    }
    return made[view]()


def _chart(session: Session, found: Figures, chosen: Filter, view: str, part: str, name: str) -> None:
    drawing.chart(
        session,
        lambda look: _spec(session, chosen, view, part, look),
        name,
        stamp=found.basis.stamp,
        site=_sites(found),
        of_patients=False,
    )


def _table(
    session: Session,
    found: Figures,
    name: str,
    rows: words.Rows,
    titles: Mapping[str, str],
    empty: str = "",
) -> None:
    tables.table(
        session,
        name,
        rows,
        titles,
        site=_sites(found),
        of_patients=False,
        empty=empty,
        also=words.beyond(rows, titles),
    )


def _sites(found: Figures) -> list[str] | None:
    sites = found.basis.scope.sites
    return None if sites is None else list(sites)


def _by(offered: tuple[By, ...]) -> By:
    """By what the groups are made, kept in the address."""
    asked = st.query_params.get("by", "")
    key: Literal["cohort by"] = "cohort by"
    if st.session_state.get(key) not in offered:
        st.session_state[key] = asked if asked in offered else offered[0]
    by: By = (
        st.segmented_control(
            "By", offered, key=key, format_func=lambda by: GROUPS[by], required=True, on_change=_by_changed
        )
        or offered[0]
    )
    return by


def _by_changed() -> None:
    filters.keep(by=st.session_state["cohort by"])


def _said(sentence: str) -> None:
    """What must not be ranked, where groups stand side by side."""
    if sentence:
        st.info(tables.plain(sentence), icon=":material/balance:")


def _nothing(what: str) -> None:
    st.info(f"{what} is among the chosen courses. {WIDEN}")
