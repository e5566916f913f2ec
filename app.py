"""The front door: `streamlit run app.py` serves it, and it is also the script of every page.

Served, it is an ASGI application that adds the headers a browser needs to keep the pages to themselves; run as
a script, it shows the page that was asked for.
"""

import streamlit as st
from starlette.middleware import Middleware
from streamlit.runtime.scriptrunner import get_script_run_ctx

from registry.screens.headers import SecurityHeaders

if get_script_run_ctx(suppress_warning=True) is None:
    app = st.App(__file__, middleware=[Middleware(SecurityHeaders)])
else:
    from registry.screens.shell import show

    show()
