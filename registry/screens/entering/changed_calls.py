"""What a save did to the calls of its patient: before, after, and the sentence that gives the reason."""

from collections.abc import Sequence

import streamlit as st

from adjudication.response.explain import Explanation
from registry.entry import ChangedCall
from registry.screens.tables import plain


def show_changed(changed: Sequence[ChangedCall]) -> None:
    """Show the calls that came out different; those that changed in their level first and in full."""
    for one in sorted(changed, key=lambda one: _level(one.before) == _level(one.after)):
        other = _level(one.before) != _level(one.after)
        with st.container(border=other, gap="xsmall"):
            st.markdown(f"Call of **{plain(one.headline)}**" if other else f"Call of {plain(one.headline)}")
            if one.after is None:
                continue
            if other:
                st.markdown(plain(_reason(one.after)))
            with st.expander("All that decides it now", type="compact"):
                st.markdown(plain(one.after.headline))
                st.markdown("\n".join(f"- {plain(sentence)}" for sentence in one.after.sentences))


def _level(said: Explanation | None) -> str | None:
    return None if said is None else said.best_response


def _reason(said: Explanation) -> str:
    """The first sentence behind the evidence: what the level asks for, or why there is none."""
    return next(iter(said.sentences[len(said.evidence) :] or said.sentences), said.headline)
