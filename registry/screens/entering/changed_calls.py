"""What a save did to the calls of its patient: before, after, and the sentence that gives the reason."""

from collections.abc import Sequence

import streamlit as st

from adjudication.response.explain import Explanation
from registry.entry import ChangedCall
from registry.screens import explained
from registry.screens.tables import plain
from registry.wording import page_day


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
            with st.expander("Deciding evidence now", type="compact"):
                explained.show(one.after)


def _level(said: Explanation | None) -> str | None:
    return None if said is None else said.best_response


def _reason(said: Explanation) -> str:
    """What decided the call, in one sentence."""
    return next(iter(said.with_days(page_day).deciding), said.headline)
