"""Tables on a page, worded as people speak, with their download; and text of the record shown as it is."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from adjudication.agents import regimen_word
from registry.exchange.download import download, may_take
from registry.patients.call_facts import flag_sentence
from registry.roles import Sites
from registry.screens.session import Session
from registry.screens.texts import plain as plain


def table(
    session: Session,
    name: str,
    rows: Sequence[Mapping[str, Any]],
    columns: Mapping[str, str],
    *,
    site: Sites = None,
    of_patients: bool = True,
    bulk: bool = False,
    patient: str | None = None,
    empty: str,
    height: int | None = None,
    also: Sequence[str] = (),
) -> None:
    """A table with titled columns, and its download as CSV for an account that may take it.

    `columns` maps the names of the rows to titles, in order; the download also has the columns `also`. `empty` is
    the text shown without rows. The download needs the right to read for rows of one patient at `site`, the right
    to export for rows of many patients (`bulk`), and the right to export figures otherwise (`of_patients` False). The
    rows of a `patient` who refused or withdrew consent are shown and not given out.
    """
    shown(name, rows, columns, empty=empty, height=height)
    whose: dict[str, Any] = {"site": site, "of_patients": of_patients, "bulk": bulk, "patient": patient}
    if rows and may_take(session.db, session.actor, **whose):
        take(
            f"Download {name} as CSV",
            lambda: download(
                session.db,
                session.actor,
                name,
                rows,
                [*columns, *also],
                **whose,
            ),
            file=f"{file_name(name)}.csv",
            mime="text/csv",
        )


def shown(
    name: str,
    rows: Sequence[Mapping[str, Any]],
    columns: Mapping[str, str],
    *,
    empty: str,
    height: int | None = None,
) -> None:
    """A table as `table` shows it, to look at alone."""
    if not rows:
        st.caption(empty)
        return
    cells = [[_worded(column, row.get(column)) for column in columns] for row in rows]
    frame = pd.DataFrame(cells, columns=list(columns))
    config = {column: _column(title, frame[column]) for column, title in columns.items()}
    tall: Any = "content" if height is None else height
    st.dataframe(frame, hide_index=True, column_config=config, height=tall, placeholder="", alt=name)


def take(label: str, make: Callable[[], bytes], *, file: str, mime: str, primary: bool = False) -> None:
    """A button that gives a file, made when it is clicked; its label is its key, so a page has each label once."""
    st.download_button(
        label,
        data=make,
        file_name=file,
        mime=mime,
        key=label,
        on_click="ignore",
        type="secondary" if primary else "tertiary",
        icon=":material/download:",
    )


def file_name(name: str) -> str:
    """A name as the name of a file: `SYN-003 courses` becomes `syn-003-courses`."""
    return re.sub(r"[^\w.-]+", "-", name.lower()).strip("-")


_CODES = frozenset(
    {
        "agent",
        "category",
        "not_evaluable",
        "predicate",
        "quality",
        "reading",
        "reason",
        "start_reason",
        "step",
        "stop_reason",
    }
)


def _worded(column: str, cell: Any) -> Any:
    """A code of the record as people say it; the download keeps the code."""
    if not isinstance(cell, str):
        return cell
    if column == "flags":
        return flag_sentence(cell)
    if column in ("regimen", "agent_class"):
        return regimen_word(cell)
    return cell.replace(";", "; ").replace("_", " ") if column in _CODES else cell


def _column(title: str, cells: pd.Series) -> Any:
    if str(cells.name).endswith("_on"):
        return st.column_config.DateColumn(title, format="D MMM YYYY")
    return st.column_config.Column(title)
