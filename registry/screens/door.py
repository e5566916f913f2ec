"""How the app's own server is guarded: the front door, put together from what the app runs on.

The rooms behind know nothing of the app's library; this file tells them how its cookies and messages read.
"""

import json
import logging
import traceback
import warnings
from collections.abc import Mapping
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Route
from streamlit.auth_util import get_cookie_with_chunks
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.runtime import get_instance
from streamlit.user_info import generate_login_redirect_url
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from registry.accounts import settings
from registry.accounts.front import CLIENT, Front
from registry.accounts.guard import Frames, Guard
from registry.accounts.keys import Keys
from registry.accounts.provider import Provider
from registry.accounts.sign_in import Doorkeeper, Words
from registry.screens import signed_in
from registry.screens.session import open_registry
from registry.serve import registry_path

_LOG = logging.getLogger("nadir")
_ALLOWED = frozenset(
    {"rerun_script", "stop_script", "file_urls_request", "app_heartbeat", "backend_operation_request"}
)
"""What the pages of this app send: draw, stop, take a file, still there, and the next rows of one's own large table."""


def front() -> Front:
    """The front door of this server, from its settings and its registry's keys."""
    how = settings.current()
    port = st.get_option("server.port")
    address = f"http://127.0.0.1:{port}"
    if how.hospital is not None and how.hospital.address is not None:
        address = how.hospital.address
    path = registry_path().resolve()
    keys = Keys.beside(path) if path.exists() else Keys.passing()

    def claims_in(cookies: Mapping[str, str]) -> Mapping[str, Any] | None:
        return _claims(keys.cookie, cookies)

    hosts = frozenset(host.lower() for host in st.get_option("server.allowedHosts"))
    return Front(address, hosts, keys, how, open_registry, claims_in)


def secrets(door: Front) -> dict[str, Any]:
    """What `st.login` needs to send people to the hospital's provider, or else to the registry's own."""
    auth: dict[str, Any] = {
        "redirect_uri": door.callback,
        "cookie_secret": door.keys.cookie,
        "client_kwargs": {"scope": "openid"},
    }
    hospital = door.settings.hospital
    if hospital is None:
        auth |= {
            "client_id": CLIENT,
            "client_secret": door.keys.client,
            "server_metadata_url": f"{door.issuer}/.well-known/openid-configuration",
            # A proxy of the house is no way to oneself.
            "client_kwargs": {"scope": "openid", "trust_env": False},
        }
    else:
        auth |= {
            "client_id": hospital.client_id,
            "client_secret": hospital.client_secret,
            "server_metadata_url": hospital.server_metadata_url,
            "client_kwargs": {"scope": "openid email profile"},
        }
    # The same provider, asked to let people prove anew who they are: before they sign a judgement.
    again = {name: value for name, value in auth.items() if name not in ("redirect_uri", "cookie_secret")}
    again["client_kwargs"] = {**auth["client_kwargs"], "prompt": "login"}
    return {"auth": auth | {signed_in.AGAIN: again}}


def routes(door: Front) -> list[Route]:
    """The pages before the app; where a hospital's provider is used, the registry has none of its own."""
    words = Words(door).routes()
    if door.settings.hospital is not None:
        return words
    provider = Provider(door)
    return [*words, *provider.routes(), *Doorkeeper(door, provider).routes()]


def middleware(door: Front) -> list[Middleware]:
    """The guard around everything."""
    frames = Frames(_allowed, _is_used, _redraw, _draws, _session_of_upload)
    return [
        Middleware(Guard, front=door, login=lambda: generate_login_redirect_url("default"), frames=frames)
    ]


def on_script_error(error: Exception) -> None:
    """Log what broke and where, without the message: it can hold what patients are known by."""
    place = traceback.extract_tb(error.__traceback__)[-1:]
    where = " ".join(f"at {one.filename}:{one.lineno} in {one.name}" for one in place)
    _LOG.error("A page broke: %s %s", type(error).__name__, where)


def quiet_logs() -> None:
    """Keep the library from logging the whole of an error that `on_script_error` logs without its values."""
    logging.getLogger("streamlit.error_util").addFilter(lambda record: record.exc_info is None)
    # Of no use to whoever reads the log: the library announces its next http client.
    warnings.filterwarnings("ignore", message="The httpx module is deprecated")


# How the library writes cookies and messages


def _claims(cookie_secret: str, cookies: Mapping[str, str]) -> Mapping[str, Any] | None:
    def one(name: str) -> bytes | None:
        value = cookies.get(name)
        return decode_signed_value(cookie_secret, name, value.encode("latin-1", "ignore")) if value else None

    raw = get_cookie_with_chunks(one, USER_COOKIE_NAME)
    if raw is None:
        return None
    found = json.loads(raw)
    return found if isinstance(found, dict) and found.get("is_logged_in") is True else None


def _read(frame: bytes) -> BackMsg:
    message = BackMsg()
    try:
        message.ParseFromString(frame)
    except Exception:
        return BackMsg()
    return message


def _allowed(frame: bytes) -> bytes | None:
    """The message written anew with what pages send; None for what does not concern the sender's page alone.

    To clear the caches, for one, would take from everybody what is kept, and to stop the server is nobody's here.
    """
    message = BackMsg()
    try:
        message.ParseFromString(frame)
    except Exception:
        return None
    if message.WhichOneof("type") not in _ALLOWED:
        return None
    message.DiscardUnknownFields()
    return message.SerializeToString()


def _draws(frame: bytes) -> bool:
    return _read(frame).WhichOneof("type") == "rerun_script"


def _is_used(frame: bytes) -> bool:
    message = _read(frame)
    return message.WhichOneof("type") == "rerun_script" and not message.rerun_script.is_auto_rerun


def _redraw(last: bytes | None) -> bytes:
    """The page that was drawn last, at its address, without anything that was clicked or typed."""
    message = BackMsg()
    message.rerun_script.SetInParent()
    if last is not None:
        before = _read(last).rerun_script
        message.rerun_script.query_string = before.query_string
        message.rerun_script.page_script_hash = before.page_script_hash
        message.rerun_script.page_name = before.page_name
        message.rerun_script.context_info.CopyFrom(before.context_info)
    return message.SerializeToString()


def _session_of_upload(session_id: str) -> Mapping[str, object] | None:
    found = get_instance()._session_mgr.get_active_session_info(session_id)
    return None if found is None else found.session._user_info
