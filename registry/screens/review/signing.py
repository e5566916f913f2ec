"""The signature below a judgment: what it means is said first, then the person proves to be who they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from registry import review
from registry.errors import AlreadyDone, NadirError, Refused
from registry.review import LABELS, Understood
from registry.review.packet import Content
from registry.review.signing import MEANING
from registry.screens.entering.form_state import at_desk
from registry.screens.review import navigation, proving
from registry.screens.review.sheet import Judging
from registry.screens.review.words import judgement_in_words
from registry.screens.session import Session, current_session
from registry.screens.tables import plain

# Part of a case: the service that takes the judgment. Whether something was settled by it is what it returns.
_GIVE: Mapping[str, Callable[..., bool | None]] = {
    "blind": review.commit,
    "third": review.resolve,
    "committee": review.vote,
}
_DONE = {
    "blind": "Signed. Your judgment of {case} is final.",
    "third": "Signed, and the dispute about {case} is settled: two of three agree.",
    "committee": "Signed. Your vote on {case} is recorded. Votes are hidden until they are counted.",
}
_OPEN = "Signed. No two of three agree on {case}, so a committee is needed."


def show_signature(session: Session, content: Content, sheet: Judging, found: Understood) -> None:
    """What would be signed and what that means, the proof, and the button that signs."""
    part = sheet.form
    with st.container(key="signature"), st.form(f"{sheet.token} signature", enter_to_submit=True):
        st.markdown(f"**You sign:** “{MEANING[part]}”")
        st.caption(
            f"{plain(_summary(found))} The signature binds your name, the time, this meaning, and exactly the packet "
            f"{'and the judgments ' if part != 'blind' else ''}that you see. It cannot be taken back."
        )
        ready = proving.ask(session, sheet.token)
        if sheet.problems:
            several = "One field needs" if len(sheet.problems) == 1 else f"{len(sheet.problems)} fields need"
            st.error(f"Nothing is signed yet. {several} correction; see the message below each field.")
        st.form_submit_button(
            "Sign the vote" if part == "committee" else "Sign",
            key=f"{sheet.token} sign",
            type="primary",
            shortcut="Alt+S",
            disabled=not ready,
            on_click=_sign,
            args=(part, sheet.subject, content, sheet.token),
            icon=":material/verified:",
        )


def _summary(found: Understood) -> str:
    """What was understood so far, in a sentence."""
    if found.said is None:
        return "The judgment is not complete yet."
    return f"{judgement_in_words(vars(found.said))}."


@at_desk
def _sign(part: str, case_id: str, content: Content, token: str) -> None:
    """One call of the service. A click that comes after it finds no sheet, and does nothing."""
    sheet = Judging.on_desk(part, case_id)
    if sheet is None or sheet.token != token:
        return
    try:
        session = current_session()
        sheet.take()
        found = review.understood(sheet.texts, content, reasoned=part != "blind")
        sheet.refuse(found.problems)
        if found.said is None:
            return
        sheet.keep(session)
        if sheet.refused:
            return
        seconds = sheet.attention.take() if part == review.VOTE else 0  # else they were kept with the claim
        proof = proving.proof(session, token)
        settled = _GIVE[part](
            session.db, session.actor, case_id, found.said, proof, seconds=seconds, key=token
        )
        done = (_OPEN if settled is False else _DONE[part]).format(case=case_id)
    except AlreadyDone:
        done = "This was already signed. Nothing was signed again."
    except Refused as error:
        at_fields = {one.column: one.remedy for one in error.problems if one.column in LABELS}
        sheet.refuse(at_fields, None if at_fields else str(error))
        return
    except NadirError as error:
        sheet.refuse({}, str(error))
        return
    sheet.drop(session)
    sheet.forget()
    navigation.signed(case_id, done)
