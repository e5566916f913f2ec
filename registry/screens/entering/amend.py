"""A fact that is corrected: what was recorded is in the fields, and who comes second sees both versions."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from registry import entry
from registry.entry.far import with_far
from registry.entry.filled import Filled, amendable, amended
from registry.entry.shared_start import with_shared_start
from registry.errors import Clash, Conflict, NadirError, Refused
from registry.patients.patient_record import PatientRecord
from registry.record.headings import heading
from registry.record.recorded import identity_of
from registry.screens.clock import today
from registry.screens.entering.fields import draw_field
from registry.screens.entering.form_state import Sheet, at_desk
from registry.screens.entering.saved import Note, remember
from registry.screens.links import fact_name
from registry.screens.session import Session, current_session
from registry.screens.tables import plain
from registry.screens.texts import Marked
from registry.screens.wording import one_line, said
from registry.wording import clock, page_weekday

REASON = "reason.1.why"
_FORM = "amend"


def show_amend(session: Session, record: PatientRecord, kind: str, chosen: Mapping[str, Any]) -> None:
    """Draw the fact in the fields of its form, with the reason that an amendment needs."""
    subject = f"{kind} {fact_name(identity_of(kind, chosen))}"
    sheet = Sheet.open(session, _FORM, subject)
    if sheet.version is None:
        sheet.version, sheet.seen = chosen["version"], _values(chosen)
    elif not sheet.filled and sheet.version != chosen["version"]:
        sheet = sheet.renew()
        sheet.version, sheet.seen = chosen["version"], _values(chosen)
    fields = amendable(kind)
    if not fields:
        st.caption("This fact cannot be amended. Withdraw it and log the correct one.")
        return
    filled = _read(session, kind, sheet)
    if sheet.clash is not None:
        _show_clash(kind, sheet, record, subject, sheet.clash)
    elif sheet.refused:
        st.error(plain(sheet.refused))
    with st.grid(2, min_column_width=150, gap="small"):
        for field in fields:
            place = f"{kind}.1.{field.name}"
            with st.container(gap="xxsmall"):
                draw_field(
                    sheet,
                    field,
                    place,
                    filled.typed.get(place),
                    lambda: _changed(subject),
                    default=sheet.seen.get(field.name) or "",
                )
    sheet.fill(REASON)
    st.text_input(
        "Reason for the amendment *",
        key=sheet.field_key(REASON),
        on_change=_changed,
        args=(subject,),
        placeholder="Typed wrong; the laboratory corrected it",
    )
    st.button(
        "Save the amendment",
        key=f"{sheet.token} amend",
        type="primary",
        shortcut="Ctrl+Enter",
        on_click=_save,
        args=(record.patient_id, kind, subject, sheet.token, None),
    )


def _values(chosen: Mapping[str, Any]) -> dict[str, str | None]:
    return {name: value for name, value in chosen.items() if name != "version"}


def _read(session: Session, kind: str, sheet: Sheet) -> Filled:
    filled = amended(
        kind, sheet.seen, sheet.texts, today=today(session.db), expected_version=sheet.version or 0
    )
    return with_far(session.db, session.actor, with_shared_start(session.db, filled), sheet.seen)


@at_desk
def _changed(subject: str) -> None:
    sheet = Sheet.opened(_FORM, subject)
    if sheet is not None and sheet.take():
        sheet.keep(current_session())


@at_desk
def _save(patient_id: str, kind: str, subject: str, token: str, version: int | None) -> None:
    """One call of the service; then the patient is judged again. `version`: apply it to this version instead."""
    sheet = Sheet.opened(_FORM, subject)
    if sheet is None or sheet.token != token:
        return
    try:
        session = current_session()
        sheet.take()
        sheet.clash, sheet.version = None, version or sheet.version
        filled = _read(session, kind, sheet)
        sheet.refuse(filled.problems)
        if filled.problems:
            return
        if not filled.facts:
            sheet.refuse({}, "Nothing is changed yet.")
            return
        saved = entry.save(
            session.db,
            session.actor,
            filled.facts,
            key=token,
            today=today(session.db),
            reason=sheet.text(REASON),
            draft=(sheet.form, sheet.subject),
        )
    except Conflict as error:
        sheet.refuse({}, str(error))
        sheet.clash = error.clashes[0] if error.clashes else None
        return
    except Refused as error:
        found = [one for one in error.problems if isinstance(one, entry.FactProblem)]
        sheet.refuse({one.field: f"{one.expected}. {one.remedy}" for one in found}, str(error))
        return
    except NadirError as error:
        sheet.refuse({}, str(error))
        return
    sheet.renew()
    remember(Note.of(session, f"Amendment of {one_line(kind, sheet.seen)}", saved, patient_id), sheet.on)


def _show_clash(kind: str, sheet: Sheet, record: PatientRecord, subject: str, clash: Clash) -> None:
    """Both versions side by side, and what the person typed; they may apply theirs to the new one, or let it be."""
    at = f" on {page_weekday(clash.changed_at)} {clock(clash.changed_at)} UTC" if clash.changed_at else ""
    who = f"{plain(clash.changed_by or 'Somebody')}{at}"
    why = f", because: {plain(clash.changed_because)}" if clash.changed_because else ""
    if clash.current is None:
        st.warning(Marked(f"**{who} withdrew this fact meanwhile{why}.** It can no longer be corrected."))
    else:
        st.warning(
            Marked(
                f"**{who} amended this fact meanwhile{why}.** Your entries are not lost. Compare both "
                f"versions, then decide."
            )
        )
        seen, current = clash.seen or {}, clash.current
        names = [
            name for name in current if len({seen.get(name), current.get(name), clash.wanted.get(name)}) > 1
        ]
        rows = [
            {
                "": heading(kind, name),
                f"You saw (version {clash.expected_version})": _cell(kind, name, seen),
                f"Now (version {clash.current_version})": _cell(kind, name, current),
                "Yours": _cell(kind, name, clash.wanted),
            }
            for name in names
        ]
        st.table(rows, hide_index=True)
    with st.container(horizontal=True):
        if clash.current_version is not None:
            st.button(
                f"Apply mine to version {clash.current_version}",
                key=f"{sheet.token} apply",
                on_click=_save,
                args=(record.patient_id, kind, subject, sheet.token, clash.current_version),
            )
        st.button("Let it be", key=f"{sheet.token} let be", on_click=_let_be, args=(subject,))


def _cell(kind: str, name: str, values: Mapping[str, str | None]) -> str:
    value = values.get(name)
    return said(kind, name, value) if value else "not recorded"


@at_desk
def _let_be(subject: str) -> None:
    sheet = Sheet.opened(_FORM, subject)
    if sheet is not None:
        sheet.discard(current_session())
