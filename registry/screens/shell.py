"""The frame of every page: the open registry, who reads, what is kept between reruns, how a table looks.

This is the composition root: pages get a `Reading` from here and know neither files nor connections.
"""

import html
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from adjudication.agents import regimen_word
from adjudication.criteria import DEFAULTS
from adjudication.explain import Explanation
from registry import calls, cohort, overview
from registry.charts import forest_spec, swimmer_spec, timeline_spec
from registry.charts.palette import Theme
from registry.database import Database
from registry.download import download
from registry.errors import NadirError
from registry.overview import Page
from registry.roles import Action, Actor, Sites
from registry.serve import registry_path
from registry.timeline import Stretch, Threshold, Timeline, Zero, thresholds_of, timeline

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Reading:
    """One person reading one state of one registry. `key` tells it from every other; caches hang on it."""

    db: Database
    actor: Actor
    key: Key
    synthetic: bool


@dataclass(frozen=True)
class Screen:
    """A page: its title, its address, and the file beside this one that shows it."""

    title: str
    address: str

    @property
    def file(self) -> Path:
        return Path(__file__).with_name(f"{self.address}.py")


SCREENS = (Screen("Home", "home"), Screen("Patient", "patient"), Screen("Cohort", "cohort"))


def show() -> None:
    """Run the page that was asked for, in the frame that all pages share."""
    # No icon of Streamlit's own on a page: as the tab's icon it would be fetched from elsewhere.
    st.set_page_config(page_title="Nadir", page_icon="📉", layout="wide")
    pages = {
        one.address: st.Page(one.file, title=one.title, url_path=one.address, default=one is SCREENS[0])
        for one in SCREENS
    }
    chosen = st.navigation(list(pages.values()))
    if chosen is pages["home"] and "patient" in st.query_params:
        st.switch_page(pages["patient"], query_params={"patient": st.query_params["patient"]})
    with told():
        _frame(reader())
        chosen.run()


@contextmanager
def told() -> Iterator[None]:
    """Say what the registry refuses in its own words: they name the cause and what to do."""
    try:
        yield
    except NadirError as error:
        st.error(str(error))


def _frame(reading: Reading) -> None:
    if reading.synthetic:
        st.info("**Synthetic data.** Every patient in this registry is invented.", icon=":material/science:")
    with st.sidebar:
        st.caption(f"Reading as **{reading.actor.name}**, registry at change {reading.db.revision}")


# --- the open registry


@st.cache_resource(show_spinner=False, on_release=Database.close, max_entries=1)
def _database(path: str) -> Database:
    return Database.open(Path(path))


def hold() -> None:
    """Open the registry as the server starts, so that no other program takes it before the first reader comes.

    Where it cannot be opened nothing happens yet: the pages say why.
    """
    with suppress(NadirError):
        _database(str(registry_path().resolve()))


def reader() -> Reading:
    """Whoever is at the page, and the registry as it stands now.

    Raises Usage where there is no registry, Busy where another program has it, NotPermitted for an account that
    is disabled.
    """
    db = _database(str(registry_path().resolve()))
    actor = db.actor(None)
    roles = tuple(sorted((site, tuple(sorted(held))) for site, held in actor.roles.items()))
    return Reading(db, actor, (str(db.path), db.revision, actor.name, roles), overview.is_synthetic(db))


def theme() -> Theme:
    """Light or dark, as the reader's page is."""
    return "dark" if st.context.theme.type == "dark" else "light"


# --- reads, kept while the registry stands at the same change


def _kept(entries: int, spinner: str | bool = False) -> Any:
    """Keep what a read gives for each reading (who, which registry, at which change) and each of its arguments."""
    return st.cache_data(
        max_entries=entries, show_spinner=spinner, hash_funcs={Reading: lambda reading: reading.key}
    )


@_kept(200)
def read_timeline(reading: Reading, patient_id: str) -> Timeline:
    """One patient; raises Usage if there is none of that name."""
    return timeline(reading.db, reading.actor, patient_id)


@_kept(200)
def read_explanation(reading: Reading, course_id: str) -> Explanation:
    """Why a course was called as it was, in sentences."""
    return calls.explain(reading.db, reading.actor, course_id)


@_kept(100)
def read_found(reading: Reading, text: str, site: str | None, disease: str | None, take: int) -> Page:
    """The first patients that a search finds."""
    return overview.find_patients(reading.db, reading.actor, text, site=site, disease=disease, take=take)


@_kept(20)
def read_sites(reading: Reading) -> list[str]:
    """The sites that have patients whom the reader may see."""
    return overview.sites_of(reading.db, reading.actor)


@_kept(20)
def read_waiting(reading: Reading) -> dict[str, dict[str, int]]:
    """What the registry holds and what waits, in numbers."""
    return overview.waiting(reading.db, reading.actor)


@_kept(10, "Counting the cohort …")
def read_summary(reading: Reading) -> cohort.Summary:
    """The figures of the cohort."""
    return cohort.summary(reading.db, reading.actor)


@_kept(30, "Reading courses …")
def read_swimmers(reading: Reading, disease: str | None, skip: int, take: int) -> Page:
    """The courses of a page of patients."""
    return overview.swimmer_courses(reading.db, reading.actor, disease=disease, skip=skip, take=take)


# --- charts: a spec is made once for each state, view and theme


@_kept(300)
def _timeline_chart(
    reading: Reading, patient_id: str, zero: Zero | None, stretch: Stretch, scale: Any, look: Theme
) -> dict[str, Any]:
    one = read_timeline(reading, patient_id)
    return timeline_spec(
        one,
        thresholds=[line for disease in one.diseases for line in _thresholds(disease)],
        zero=zero,
        stretch=stretch,
        scale=scale,
        theme=look,
        synthetic=reading.synthetic,
    )


def _thresholds(disease: str) -> list[Threshold]:
    return [
        line
        for known, criteria_id in DEFAULTS.items()
        if known.name == disease
        for line in thresholds_of(calls.criteria(criteria_id))
    ]


def draw_timeline(reading: Reading, patient_id: str, zero: Zero | None, stretch: Stretch, scale: Any) -> None:
    """The timeline of a patient, over the whole width."""
    spec = _timeline_chart(reading, patient_id, zero, stretch, scale, theme())
    st.vega_lite_chart(spec=spec, theme=None, width="stretch")


@_kept(60)
def _swimmer_chart(
    reading: Reading, disease: str | None, skip: int, take: int, look: Theme
) -> dict[str, Any]:
    page = read_swimmers(reading, disease, skip, take)
    shown = len({row["patient_id"] for row in page.rows})
    part = f"patients {skip + 1} to {skip + shown} of {page.found}" if page.found > take else ""
    return swimmer_spec(page.rows, theme=look, synthetic=reading.synthetic, part=part)


def draw_swimmers(reading: Reading, disease: str | None, skip: int, take: int) -> None:
    """The swimmer plot of a page of patients."""
    spec = _swimmer_chart(reading, disease, skip, take, theme())
    st.vega_lite_chart(spec=spec, theme=None, width="stretch")


@_kept(60)
def _forest_chart(reading: Reading, title: str, rows: list[dict[str, Any]], look: Theme) -> dict[str, Any]:
    return forest_spec(rows, title=title, theme=look, synthetic=reading.synthetic)


def draw_forest(reading: Reading, title: str, rows: list[dict[str, Any]]) -> None:
    """Shares with their intervals; rows of section, label, k, n, low, high."""
    spec = _forest_chart(reading, title, rows, theme())
    st.vega_lite_chart(spec=spec, theme=None, width="stretch")


# --- tables


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
