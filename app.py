"""The front door: `streamlit run app.py` serves it, and it is also the script of every page.

Served, it is an ASGI application that adds the headers a browser needs to keep the pages to themselves, holds the
registry from the start, and has the engine compiled while the first reader looks around; run as a script, it shows
the page that was asked for.
"""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from streamlit.runtime.scriptrunner import get_script_run_ctx

from registry.screens.headers import SecurityHeaders
from registry.serve import warm


@asynccontextmanager
async def _life(_: st.App) -> AsyncIterator[dict[str, Any] | None]:
    from registry.screens.shell import hold

    hold()
    threading.Thread(target=warm, daemon=True).start()
    yield None


if get_script_run_ctx(suppress_warning=True) is None:
    app = st.App(__file__, lifespan=_life, middleware=[Middleware(SecurityHeaders)])
else:
    from registry.screens.shell import show

    show()
