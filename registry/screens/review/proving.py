"""Proving again who one is when one signs: by password, at the hospital, or in a demonstration with a click."""

from __future__ import annotations

import streamlit as st

from registry import review
from registry.accounts import settings
from registry.review import Prove
from registry.screens import signed_in
from registry.screens.session import Session


def ask(session: Session, token: str) -> bool:
    """Ask for the proof, in the way in which the person signed in; whether the signature can be given now."""
    if _in_demonstration(session):
        st.caption("The demonstration has no passwords. Otherwise you enter yours here for each signature.")
        return True
    if signed_in.session(session.db).local:
        st.text_input(
            "Your password, again",
            type="password",
            key=f"{token} password",
            autocomplete="current-password",
        )
        return True
    return _at_the_hospital(session)


def proof(session: Session, token: str) -> Prove:
    """In a callback: the proof that was given. A password stays nowhere."""
    if _in_demonstration(session):
        return review.in_demonstration(session.db)
    signed = signed_in.session(session.db)
    if signed.local:
        key = f"{token} password"
        password = str(st.session_state.get(key) or "")
        st.session_state[key] = ""
        return review.by_password(session.db, password)
    return review.at_the_provider(session.db, signed.proved_at)


def _in_demonstration(session: Session) -> bool:
    """Whether somebody came in with one click, as everybody does in a demonstration."""
    return settings.current().demo and not signed_in.session(session.db).local


def _at_the_hospital(session: Session) -> bool:
    """Whoever signs in at a hospital proves it there again, and comes back to this page; what is typed is kept."""
    proved = review.is_fresh(session.db, signed_in.session(session.db).proved_at)
    if proved:
        st.caption("Your hospital's sign-in confirmed your identity. Sign within a few minutes.")
    else:
        st.caption(
            "First confirm your identity at your hospital's sign-in. Your entries are saved and you return "
            "here."
        )
        signed_in.prove_again("Confirm my identity")
    return proved
