"""Charts on a page, with what can be taken of them.

A spec is made once for each state of the registry, view and theme, and kept as a dict; a picture is drawn here, on
this computer, when somebody asks for it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from registry.charts import timeline_spec
from registry.charts.palette import Theme
from registry.charts.sent import as_sent
from registry.exchange.download import download, download_chart, may_take
from registry.judging import calls
from registry.patients.levels import thresholds_of
from registry.patients.time_axis import Stretch, Zero
from registry.roles import Sites
from registry.screens import tables
from registry.screens.reads import kept, read_patient_record
from registry.screens.session import Session
from registry.stamp import Stamp


def theme() -> Theme:
    """Light or dark, as the reader's page is."""
    return "dark" if st.context.theme.type == "dark" else "light"


Rows = Sequence[Mapping[str, Any]]
PICTURES = {"SVG": "image/svg+xml", "PNG": "image/png"}


def chart(
    session: Session,
    spec_of: Callable[[Theme], dict[str, Any]],
    name: str,
    *,
    rows: Rows | Callable[[], Rows] = (),
    columns: Sequence[str] = (),
    stamp: Stamp | None = None,
    site: Sites = None,
    of_patients: bool = True,
    bulk: bool = False,
    patient: str | None = None,
    key: str | None = None,
    on_select: Any = "ignore",
    selection: str | None = None,
    beside: Callable[[], None] | None = None,
) -> Any:
    """Draw a chart over the width of its place, and offer it as SVG, as PNG, and its `rows` as CSV below it.

    `spec_of` gives the spec for a theme, best from a function that is kept; pictures are always light, on white,
    with the words of `stamp`. `rows` may be a function that gives them when somebody takes them. Who may take what
    is as for `tables.table`; who may not sees no download. With `on_select` ("rerun" or a callback) and the name of
    a `selection` of the spec, what is chosen in the chart is the value and is in the session under `key`.
    `beside` puts more buttons next to the download.
    """
    chosen = st.vega_lite_chart(
        spec=as_sent(spec_of(theme())),
        theme=None,
        width="stretch",
        key=key,
        on_select=on_select,
        selection_mode=selection,
    )
    whose: dict[str, Any] = {"site": site, "of_patients": of_patients, "bulk": bulk, "patient": patient}
    with st.container(horizontal=True, gap="medium"):
        if may_take(session.db, session.actor, **whose):
            with st.popover(f"Download {name}", type="tertiary", icon=":material/download:"):
                _offer(session, spec_of, name, rows, columns, stamp or Stamp(), whose)
        if beside is not None:
            beside()
    return chosen


def _offer(
    session: Session,
    spec_of: Callable[[Theme], dict[str, Any]],
    name: str,
    rows: Rows | Callable[[], Rows],
    columns: Sequence[str],
    stamp: Stamp,
    whose: dict[str, Any],
) -> None:
    def picture(kind: str) -> Callable[[], bytes]:
        return lambda: download_chart(
            session.db, session.actor, name, spec_of("light"), kind.lower(), stamp, **whose
        )

    for kind, mime in PICTURES.items():
        tables.take(
            f"{name} as {kind}",
            picture(kind),
            file=f"{tables.file_name(name)}.{kind.lower()}",
            mime=mime,
        )
    if columns:
        tables.take(
            f"{name} as CSV",
            lambda: download(
                session.db, session.actor, name, rows() if callable(rows) else rows, columns, **whose
            ),
            file=f"{tables.file_name(name)}.csv",
            mime="text/csv",
        )


@kept(300)
def timeline_chart(
    session: Session,
    patient_id: str,
    criteria_ids: tuple[str, ...],
    zero: Zero | None,
    stretch: Stretch,
    scale: Any,
    chosen: str | None,
    look: Theme,
) -> dict[str, Any]:
    """The timeline of a patient with the thresholds of the criteria named, and a chosen course marked."""
    one = read_patient_record(session, patient_id, criteria_ids)
    sets = [calls.criteria(name) for name in criteria_ids]
    return timeline_spec(
        one,
        thresholds=[
            line for each in sets if each.disease.name in one.diseases for line in thresholds_of(each)
        ],
        zero=zero,
        stretch=stretch,
        scale=scale,
        theme=look,
        synthetic=session.synthetic,
        chosen=chosen,
    )
