"""Links to the app's own pages: one stays signed in, and the address can be sent to a colleague."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from registry.record.naming import fact_name
from registry.screens.catalogue import SCREENS
from registry.screens.session import Session


def offered(session: Session, address: str) -> bool:
    """Whether this person has the page."""
    return any(one.address == address and one.seen_by(session.actor) for one in SCREENS)


def file_of(address: str) -> Path:
    """The file of a page, as Streamlit wants it named."""
    return next(one.file for one in SCREENS if one.address == address)


def fact_query(patient_id: str, kind: str, identity: Mapping[str, Any]) -> dict[str, str]:
    """The query by which the page Facts opens at a fact."""
    return {"patient": patient_id, "kind": kind, "id": fact_name(identity)}


def link(
    session: Session,
    label: str,
    address: str,
    query: dict[str, str] | None = None,
    *,
    icon: str | None = None,
    stretched: bool = False,
) -> None:
    """A link to a page with a query, or its label alone where this person has not the page.

    `label` is a text, or Marked. `stretched`: the whole width can be clicked.
    """
    if offered(session, address):
        width: str = "stretch" if stretched else "content"
        st.page_link(file_of(address), label=label, query_params=query or {}, icon=icon, width=width)  # type: ignore[arg-type]
    else:
        st.markdown(label)
