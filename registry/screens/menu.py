"""The menu as assistive software reads it: Streamlit puts sections into a list, where only entries may stand.

So that nobody is told of a list that is broken, list and sections say that they are none; links and headings stay.
"""

import streamlit as st

_SCRIPT = """<script>
(() => {
  if (window.nadirMenu) return;
  window.nadirMenu = true;
  const list = '[data-testid="stSidebarNavItems"]';
  const mend = () => document.querySelectorAll(`${list}:has(> div), ${list} > div`).forEach((one) => {
    if (one.getAttribute('role') !== 'none') one.setAttribute('role', 'none');
  });
  let waiting = false;
  new MutationObserver(() => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; mend(); });
  }).observe(document.body, { childList: true, subtree: true });
  mend();
})();
</script>"""


def mend_menu() -> None:
    """Mend the roles in the menu, now and whenever it is drawn anew."""
    with st.sidebar:
        st.html(_SCRIPT, unsafe_allow_javascript=True)
