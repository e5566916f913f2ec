"""Judgments side by side, without names where they have none, with what they differ in marked by more than color."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

import streamlit as st

from registry.record.text.days import said
from registry.review import LABELS
from registry.screens.tables import plain
from registry.screens.texts import Marked

_SHOWN = ("level", "onset_on", "lost_cr_on", "relapsed_on", "confidence", "reason", "note")


def show_judgements(titled: Sequence[tuple[str, Mapping[str, Any]]], differing: Collection[str] = ()) -> None:
    """Judgments under their titles, a row for each thing said; `differing` names the rows that are marked."""
    names = [name for name in _SHOWN if any(one.get(name) not in (None, "") for _, one in titled)]
    head = ["", *(plain(title) for title, _ in titled)]
    lines = [head, [":---"] * len(head)]
    for name in names:
        mark = ":material/compare_arrows: " if name in differing else ""
        label = LABELS[name].rstrip("?") if name != "confidence" else "Confidence"
        lines.append(
            [
                f"{mark}**{label}**" if mark else label,
                *(_cell(one.get(name), bool(mark)) for _, one in titled),
            ]
        )
    st.markdown("\n".join(f"| {' | '.join(line)} |" for line in lines))
    if differing:
        st.caption(
            Marked(
                ":material/compare_arrows: marks disagreement: another response, dates further apart than "
                "the declared tolerance, or a date that only one gives."
            )
        )


def _cell(value: Any, marked: bool) -> str:
    text = said(value) if isinstance(value, date) else str(value or "–")
    shown = plain(text).replace("\n", " ")
    return f"**{shown}**" if marked else shown
