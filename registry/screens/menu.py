"""The menu for those who hear it: Streamlit puts the pages of a section into a list within no item of the list."""

import streamlit as st

_SCRIPT = """<script>
(() => {
  if (window.nadirMenu) return;
  const mend = () => {
    for (const one of document.querySelectorAll('[data-testid="stSidebarNavItems"] > div:not([role])')) {
      one.setAttribute('role', 'listitem');
    }
    for (const one of document.querySelectorAll('[data-testid="stSidebarNavItems"] > div > li:not([role])')) {
      one.setAttribute('role', 'presentation');
    }
  };
  mend();
  window.nadirMenu = new MutationObserver(mend);
  window.nadirMenu.observe(document.body, { childList: true, subtree: true });
})();
</script>"""


def mend() -> None:
    """Make each section an item of the list of pages, once for the page in the browser."""
    with st.sidebar:
        st.html(_SCRIPT, unsafe_allow_javascript=True)
