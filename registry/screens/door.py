"""How the app's own server is guarded: the front door, put together from what the app runs on.

The rooms behind know nothing of the app's library; this file tells them how its cookies and messages read.
"""

import logging
import secrets
import traceback
import warnings
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Route

from registry.accounts import settings
from registry.accounts.front import Front
from registry.accounts.guard import Frames, Guard
from registry.accounts.hospital import Login
from registry.accounts.sign_in import Doorkeeper, Words
from registry.screens import signed_in, streamlit_private
from registry.screens.session import open_registry

_LOG = logging.getLogger("nadir")
_HOSPITAL, _AGAIN = "default", "again"
"""The names under which the library knows the provider; the second when it is to ask anew who somebody is."""


def front() -> Front:
    """The front door of this server, from its settings."""
    how = settings.current()
    address = f"http://127.0.0.1:{st.get_option('server.port')}"
    if how.hospital is not None and how.hospital.address is not None:
        address = how.hospital.address
    hosts = frozenset(host.lower() for host in st.get_option("server.allowedHosts"))
    return Front(address, hosts, how, open_registry)


def login_settings(door: Front) -> dict[str, Any]:
    """What `st.login` needs to send people to the hospital's provider; nothing where there is none."""
    hospital = door.settings.hospital
    if hospital is None:
        return {}
    provider = {
        "client_id": hospital.client_id,
        "client_secret": hospital.client_secret,
        "server_metadata_url": hospital.server_metadata_url,
    }
    scope = {"scope": "openid email profile"}
    # The same provider, asked to let people prove anew who they are: before they sign a judgment.
    again = {**provider, "client_kwargs": {**scope, "prompt": "login"}}
    shared = {"redirect_uri": door.callback, "cookie_secret": secrets.token_urlsafe(48)}
    return {"auth": {**shared, **provider, "client_kwargs": scope, _AGAIN: again}}


def routes(door: Front) -> list[Route]:
    """The pages before the app; where people sign in at a hospital, there is no form here."""
    words = Words(door).routes()
    return words if door.settings.hospital is not None else [*words, *Doorkeeper(door).routes()]


def middleware(door: Front) -> list[Middleware]:
    """The guard around everything."""
    login = Login(
        lambda anew: streamlit_private.login_address(_AGAIN if anew else _HOSPITAL),
        streamlit_private.claims_in,
    )
    frames = Frames(
        streamlit_private.allowed,
        streamlit_private.is_used,
        streamlit_private.redraw,
        streamlit_private.draws,
        lambda page_id: signed_in.key_in(streamlit_private.user_of_page(page_id)),
    )
    return [Middleware(Guard, front=door, login=login, frames=frames)]


def on_script_error(error: Exception) -> None:
    """Log what broke and where, without the message: it can hold what patients are known by."""
    place = traceback.extract_tb(error.__traceback__)[-1:]
    where = " ".join(f"at {one.filename}:{one.lineno} in {one.name}" for one in place)
    _LOG.error("A page broke: %s %s", type(error).__name__, where)


def quiet_logs() -> None:
    """Keep the library from logging the whole of an error that `on_script_error` logs without its values."""
    streamlit_private.keep_errors_out_of_the_log()
    # Of no use to whoever reads the log: the library announces its next http client.
    warnings.filterwarnings("ignore", message="The httpx module is deprecated")
