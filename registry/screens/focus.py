"""Where the keyboard focus is: the first field of a form takes the focus when the form is new."""

import json
import re

import streamlit as st

_SCRIPT = """<script>
(() => {
  const turn = %s, place = %s;
  if (window.nadirFocus === turn) return;
  window.nadirFocus = turn;
  const go = (left) => {
    const field = document.querySelector(place);
    if (field) field.focus();
    else if (left) setTimeout(() => go(left - 1), 50);
  };
  go(60);
})();
</script>"""


def focus_on(key: str, turn: str) -> None:
    """Give the focus to the widget `key` once for each `turn`: a rerun in between leaves it where the person is.

    Streamlit has no word for it. Neither text may come from the record.
    """
    place = f".st-key-{re.sub('[^a-zA-Z0-9_-]', '-', key)} :is(input, textarea, button)"
    with st.container(height=1, key=f"focus {key}", gap=None, border=False):
        st.html(_SCRIPT % (json.dumps(turn), json.dumps(place)), unsafe_allow_javascript=True)
