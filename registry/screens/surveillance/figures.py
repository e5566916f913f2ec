"""The measures of a protocol as tables and charts; figures of others stand apart from ours."""

from collections.abc import Callable
from datetime import date
from typing import Any

import streamlit as st

from registry.charts import protocol as charts
from registry.charts.palette import Theme
from registry.screens import drawing, tables
from registry.screens.reads import kept
from registry.screens.session import Session
from registry.screens.surveillance.reads import read_measures
from registry.screens.tables import plain
from registry.surveillance import measures_report
from registry.surveillance.measures import Measures

Spec = dict[str, Any]


def show(session: Session, found: Measures) -> None:
    """The measures: counts on time, days to contact, what was found, incidence by year."""
    if not found.patients:
        st.info(
            "Nobody at your sites is watched by this protocol, so there is nothing to measure yet. Log an exposure "
            "with its setting, and the patient counts from that day."
        )
        return
    _table(
        session, found, "measures of the protocol", measures_report.figures(found), measures_report.FIGURES
    )
    st.caption(_contact_words(found))
    st.header("Counts on time")
    _chart(session, found, "counted", "months with a count by year")
    st.caption(
        "A month has its count when a clean one was taken after its first and up to its last day; months between two "
        "windows, and after a patient was taken off the list, are not owed (READ-SURV-13). "
        "Months of one patient resemble each other, so that the interval is too narrow rather than too wide."
    )
    st.header("ITP found")
    _chart(session, found, "itp", "ITP among those exposed")
    _chart(session, found, "found", "ITP found by a count")
    st.header("Incidence by year")
    _chart(session, found, "incidence", "incidence by year")
    for one in found.references("incidence"):
        if not one.by_year:
            st.info(
                f"{plain(one.who)} (lines {plain(one.lines)}: “{plain(one.says)}”). {measures_report.NO_NUMBERS}",
                icon=":material/image_not_supported:",
            )
    _table(session, found, "protocol by year", measures_report.years(found), measures_report.YEARS)
    st.caption(
        "At risk from the first infusion to the first ITP after it, else to the last contact or count, leaving "
        "the list, death or today (READ-SURV-31). Who had ITP before is left out."
    )


def _contact_words(found: Measures) -> str:
    left = measures_report.not_contacted(found.contacts)
    said = f" Of {found.contacts.results:,} results {left}." if left else ""
    return (
        f"{measures_report.INTERVALS} Patients who were never contacted are kept as censored.{said} "
        f"{measures_report.CONTACT} More under Rules."
    )


@kept(40)
def _spec(session: Session, as_of: date, protocol_id: str, which: str, look: Theme) -> Spec:
    found = read_measures(session, as_of, protocol_id)
    more: dict[str, Any] = {"theme": look, "synthetic": session.synthetic}
    made: dict[str, Callable[[], Spec]] = {
        "counted": lambda: charts.counted_spec(found, **more),
        "itp": lambda: charts.share_spec(
            found.itp_rate, "First ITP among those exposed", "This registry", found.selection, **more
        ),
        "found": lambda: charts.share_spec(
            found.found_by_count, "First ITP found by a count", "This registry", found.selection, **more
        ),
        "incidence": lambda: charts.incidence_by_year_spec(found, **more),
    }
    return made[which]()


def _chart(session: Session, found: Measures, which: str, name: str) -> None:
    drawing.chart(
        session,
        lambda look: _spec(session, found.as_of, found.protocol.id, which, look),
        name,
        stamp=found.stamp,
        site=_sites(found),
        of_patients=False,
    )


def _table(
    session: Session, found: Measures, name: str, rows: measures_report.Rows, titles: dict[str, str]
) -> None:
    tables.table(
        session,
        name,
        rows,
        titles,
        site=_sites(found),
        of_patients=False,
        empty="No month has passed yet.",
        also=list(found.columns()),
    )


def _sites(found: Measures) -> list[str] | None:
    return None if found.sites is None else list(found.sites)
