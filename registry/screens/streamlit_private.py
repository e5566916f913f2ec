"""Every name of Streamlit that is not part of its public interface, in this one file: nobody else imports one.

A release of Streamlit may rename any of them, so `pyproject.toml` holds Streamlit at one minor version. Whoever raises
it reads this file first, and runs the tests of `registry/accounts`.
"""

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.navigation.page import Page
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.runtime import get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.user_info import generate_login_redirect_url
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME
from streamlit.web.server.starlette.starlette_websocket import _get_signed_cookie_with_chunks

__all__ = [
    "DeltaGenerator",
    "Page",
    "allowed",
    "claims_in",
    "draws",
    "is_used",
    "keep_errors_out_of_the_log",
    "login_address",
    "main",
    "redraw",
    "runs_a_page",
    "user_of_page",
]

_ALLOWED = frozenset(
    {"rerun_script", "stop_script", "file_urls_request", "app_heartbeat", "backend_operation_request"}
)
"""What the pages of this app send: draw, stop, take a file, still there, and the next rows of one's own large table."""


def runs_a_page() -> bool:
    """Whether this code runs as the script of a page, not as the server starts."""
    return get_script_run_ctx(suppress_warning=True) is not None


def main(name: str) -> Callable[..., Any]:
    """The method of this name of the page's main part, which `st.<name>` is."""
    method: Callable[..., Any] = getattr(st._main, name)
    return method


def keep_errors_out_of_the_log() -> None:
    """Keep Streamlit from logging the whole of an error, with the values in its message."""
    logging.getLogger("streamlit.error_util").addFilter(lambda record: record.exc_info is None)


# Signing in with `st.login`


def login_address(provider: str) -> str:
    """The address (path and query) that begins a sign-in at this provider of the settings."""
    return generate_login_redirect_url(provider)


def claims_in(cookies: Mapping[str, str]) -> Mapping[str, Any] | None:
    """The claims in the cookie that `st.login` sets; None without one that this server signed."""
    raw = _get_signed_cookie_with_chunks(dict(cookies), USER_COOKIE_NAME)
    found = json.loads(raw) if raw is not None else None
    return found if isinstance(found, dict) and found.get("is_logged_in") is True else None


def user_of_page(page_id: str) -> Mapping[str, Any]:
    """What `st.user` is at the open page of this id; empty if no page of this id is open."""
    found = get_instance()._session_mgr.get_active_session_info(page_id)
    return {} if found is None else found.session._user_info


# Messages of an open page


def _read(frame: bytes) -> BackMsg:
    message = BackMsg()
    try:
        message.ParseFromString(frame)
    except Exception:
        return BackMsg()
    return message


def allowed(frame: bytes) -> bytes | None:
    """The message written anew with what pages send; None for what does not concern the sender's page alone.

    To clear the caches, for one, would take from everybody what is kept, and to stop the server is nobody's here.
    """
    message = _read(frame)
    if message.WhichOneof("type") not in _ALLOWED:
        return None
    message.DiscardUnknownFields()
    return message.SerializeToString()


def draws(frame: bytes) -> bool:
    """Whether it asks for the page to be drawn."""
    return _read(frame).WhichOneof("type") == "rerun_script"


def is_used(frame: bytes) -> bool:
    """Whether a person did something, not only a clock in the page."""
    message = _read(frame)
    return message.WhichOneof("type") == "rerun_script" and not message.rerun_script.is_auto_rerun


def redraw(last: bytes | None) -> bytes:
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
