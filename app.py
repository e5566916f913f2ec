"""The front door: `streamlit run app.py` serves it, and it is also the script of every page.

Served, it is an ASGI application with a guard before every page, which lets in only who has signed in; it holds the
registry from the start, and has the engine compiled while the first reader looks around. Run as a script, it shows
the page that was asked for.
"""

import threading
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from typing import Any

import streamlit as st

from registry.screens import streamlit_private


@asynccontextmanager
async def _life(_: st.App) -> AsyncIterator[dict[str, Any] | None]:
    from registry.cli import main
    from registry.cli.hourly import hourly_copies
    from registry.cli.running_app import listening
    from registry.screens.held import let_go
    from registry.screens.ready import make_ready
    from registry.screens.session import hold, open_registry
    from registry.serve import backups_folder, registry_path

    hold()
    threading.Thread(target=make_ready, daemon=True).start()
    try:
        with ExitStack() as running:
            running.enter_context(listening(registry_path(), open_registry, main))
            if (folder := backups_folder()) is not None:
                running.enter_context(hourly_copies(folder, open_registry))
            yield None
    finally:
        let_go()


if not streamlit_private.runs_a_page():
    from registry.screens import door

    door.quiet_logs()
    front = door.front()
    app = st.App(
        __file__,
        secrets=door.login_settings(front),
        routes=door.routes(front),
        middleware=door.middleware(front),
        lifespan=_life,
        on_script_error=door.on_script_error,
    )
else:
    from registry.screens.shell import show

    show()
