"""Tables on a page, worded as people speak, with their download; and text of the record shown as it is."""

import html
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from adjudication.agents import regimen_word
from registry.download import download
from registry.roles import Action, Sites
from registry.screens.shell import Reading


def table(
    reading: Reading,
    name: str,
    rows: Sequence[Mapping[str, Any]],
    columns: Mapping[str, str],
    *,
    site: Sites = None,
    of_patients: bool = True,
    empty: str,
    height: int | None = None,
) -> None:
    """A table with titled columns, and its download for whoever may export at `site`.

    `columns` maps the names of the rows to titles, in order; `empty` is said where there are no rows.
    """
    if not rows:
        st.caption(empty)
        return
    cells = [[_worded(column, row.get(column)) for column in columns] for row in rows]
    frame = pd.DataFrame(cells, columns=list(columns))
    config = {column: _column(title, frame[column]) for column, title in columns.items()}
    shown: Any = "content" if height is None else height
    st.dataframe(frame, hide_index=True, column_config=config, height=shown, placeholder="", alt=name)
    action = Action.EXPORT if of_patients else Action.EXPORT_AGGREGATE
    if reading.actor.may(action.permission, site):
        st.download_button(
            f"Download {name} as CSV",
            data=lambda: download(
                reading.db, reading.actor, name, rows, list(columns), site=site, of_patients=of_patients
            ),
            file_name=f"{name.replace(' ', '-').lower()}.csv",
            mime="text/csv",
            key=f"download {name}",
            on_click="ignore",
            type="tertiary",
            icon=":material/download:",
        )


_CODES = frozenset(
    {
        "agent",
        "category",
        "flags",
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
    if column in ("regimen", "agent_class"):
        return regimen_word(cell)
    return cell.replace(";", "; ").replace("_", " ") if column in _CODES else cell


def _column(title: str, cells: pd.Series) -> Any:
    if str(cells.name).endswith("_on"):
        return st.column_config.DateColumn(title, format="D MMM YYYY")
    return st.column_config.Column(title)


def plain(text: object) -> str:
    """A text of the record as it is, never read as markup."""
    escaped = html.escape(str(text), quote=False)
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]()#+-.!|~$:>" else sign for sign in escaped)
