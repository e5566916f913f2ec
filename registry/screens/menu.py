"""The menu as it is read out: Streamlit puts headings of sections between the items of a list, which is none then."""

import streamlit as st

# The menu is drawn after the page and anew at every turn, so it is watched. Its links stay links of the navigation.
_SCRIPT = """<script>
(() => {
  if (window.nadirMenu) return;
  window.nadirMenu = true;
  const menu = '[data-testid="stSidebarNavItems"]';
  const mend = () => document.querySelectorAll(`${menu}:not([role]), ${menu} li:not([role])`)
    .forEach((one) => one.setAttribute('role', 'none'));
  new MutationObserver(mend).observe(document.body, { childList: true, subtree: true });
  mend();
})();
</script>"""


def mend_menu() -> None:
    """Let no list be announced where sections stand in it."""
    with st.container(height=1, key="mended menu", gap=None, border=False):
        st.html(_SCRIPT, unsafe_allow_javascript=True)
