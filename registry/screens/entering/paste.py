"""A block of counts from a spreadsheet or a laboratory's report: pasted, looked at row by row, saved at once."""

from hashlib import blake2s

import pandas as pd
import streamlit as st

from registry import entry
from registry.entry.pasted import CONFLICT, NEW, REFUSED, SAME, Block, Row, read_block
from registry.errors import Conflict, NadirError
from registry.patients.patient_record import PatientRecord
from registry.record.text import words
from registry.screens.clock import today
from registry.screens.entering.form_state import Sheet, at_desk
from registry.screens.entering.saved import Note, remember
from registry.screens.focus import focus_on
from registry.screens.session import Session, current_session
from registry.screens.tables import plain

FORM = "paste"
_TEXT, _ORDER, _REASON = "block.1.text", "block.1.order", "block.1.reason"
_ORDERS = {"day": "The day first: 3/2 is 3 February", "month": "The month first: 3/2 is 2 March"}
_TAKE = {"keep": "Keep the recorded value", "take": "Use the pasted value"}
# A verdict is a word and a sign, never a color alone.
_VERDICTS = {NEW: "✓ new", SAME: "= same", CONFLICT: "≠ conflict", REFUSED: "✗ refused"}


def show_paste(session: Session, record: PatientRecord, sheet: Sheet) -> None:
    """Draw the area for the block, what was understood of it, and the one button that saves it."""
    sheet.fill(_TEXT)
    st.text_area(
        "A block of counts",
        key=sheet.field_key(_TEXT),
        height=160 if not sheet.text(_TEXT) else 110,
        on_change=_changed,
        args=(sheet.subject,),
        placeholder="Date\tPLT\tHb\n03/02/2026\t31\t11.2\n… copied from a spreadsheet, or the lines of a report",
    )
    focus_on(sheet.field_key(_TEXT), f"{sheet.token} {sheet.attempts}")
    if sheet.refused:
        st.error(plain(sheet.refused))
    if not sheet.text(_TEXT).strip():
        st.button("Preview", key=f"{sheet.token} look", shortcut="Ctrl+Enter")
        st.caption("You see every row before anything is saved.")
        return
    block = _read(session, record, sheet)
    _ask_order(block, sheet)
    _ask_units(block, record, sheet)
    _show(block)
    taken = _conflicts(block, sheet)
    _buttons(block, taken, record, sheet)


def _read(session: Session, record: PatientRecord, sheet: Sheet) -> Block:
    order, asked = sheet.text(_ORDER), "unit.1."
    answered = {
        place.removeprefix(asked): text for place, text in sheet.texts.items() if place.startswith(asked)
    }
    return read_block(
        session.db,
        session.actor,
        record.patient_id,
        sheet.text(_TEXT),
        today=today(session.db),
        units=_usual_units(record) | {column: unit for column, unit in answered.items() if unit},
        day_first=order == "day" if order else None,
    )


def _usual_units(record: PatientRecord) -> dict[str, str]:
    """The unit in which the patient's last value of each analyte was reported."""
    return {row["analyte"]: row["unit"] for row in record.observations if row["unit"]}


def _ask_order(block: Block, sheet: Sheet) -> None:
    """Ask for the order of days and months, where the block does not show it."""
    if not block.asks_order and not sheet.text(_ORDER):
        return
    sheet.fill(_ORDER)
    st.pills(
        "Which order do the dates have? The block does not show it.",
        list(_ORDERS),
        format_func=lambda order: _ORDERS[order],
        key=sheet.field_key(_ORDER),
        on_change=_changed,
        args=(sheet.subject,),
    )


def _ask_units(block: Block, one: PatientRecord, sheet: Sheet) -> None:
    """Ask for the units that the block does not say; the patient's usual unit is there to be looked at."""
    columns = {
        one.key: one.meaning for one in block.columns if one.meaning in words.ANALYTES and not one.unit
    }
    columns |= {asked.column: asked.analyte for asked in block.asks_units}
    if not columns:
        return
    usual = _usual_units(one)
    with st.grid(4, min_column_width=170, gap="small"):
        for column, analyte in columns.items():
            place = f"unit.1.{column}"
            offered = words.units(str(analyte))
            known = usual.get(str(analyte), "")
            sheet.fill(place, default=known if known in offered else "")
            st.selectbox(
                f"Unit of {plain(column)}, not given in the block",
                offered,
                index=None,
                format_func=words.unit,
                key=sheet.field_key(place),
                placeholder="Choose",
                required=True,
                on_change=_changed,
                args=(sheet.subject,),
            )


def _show(block: Block) -> None:
    for problem in block.problems:
        st.warning(plain(problem))
    for aside in block.left_aside:
        st.caption(f"Ignored: {plain(aside)}")
    if not block.rows:
        return
    counted = " · ".join(
        f"**{number}** {_VERDICTS[verdict]}" for verdict, number in block.counts.items() if number
    )
    understood = ", ".join(
        f"{plain(one.key)} is {plain(one.meaning.replace('_', ' '))}" for one in block.columns if one.meaning
    )
    st.markdown(counted)
    if understood:
        st.caption(f"Columns: {understood}.")
    first = (REFUSED, CONFLICT)
    ordered = sorted(block.rows, key=lambda row: (row.verdict not in first, row.number))
    frame = pd.DataFrame([_cells(row) for row in ordered])
    st.dataframe(
        frame,
        hide_index=True,
        height="content" if len(frame) <= 10 else 380,
        placeholder="",
        alt="The rows of the block, with the result of each",
        column_config={
            "Reason or problem": st.column_config.Column("Reason or problem", width="large"),
            "Line": st.column_config.NumberColumn("Line", width="small"),
        },
    )


def _cells(row: Row) -> dict[str, object]:
    return {
        "Verdict": _VERDICTS[row.verdict],
        "Day": row.day_said,
        "What": words.ANALYTES.get(row.analyte or "", row.analyte or ""),
        "Understood": row.echo,
        "Reason or problem": " ".join(said for said in (row.reason, row.doubt) if said),
        "Flags": ", ".join(row.flags),
        "As pasted": row.text,
        "Line": row.line,
    }


def _asked(block: Block) -> list[tuple[Row, str]]:
    """The rows in conflict, each with the place of its answer: an answer is about what both sides say, wherever in
    the block the row has come to stand since."""
    asked: dict[str, Row] = {}
    for row in block.rows:
        if row.verdict == CONFLICT and row.known is not None:
            about = repr((row.text, row.analyte, row.day_said, row.echo, row.known))
            name = blake2s(about.encode(), digest_size=8).hexdigest()
            again = sum(place.startswith(f"take.{name}") for place in asked)
            asked[f"take.{name}{'-' * again}.which"] = row
    return [(row, place) for place, row in asked.items()]


def _conflicts(block: Block, sheet: Sheet) -> list[int]:
    """Let it be chosen for every conflict which value is right; the rows whose pasted value is."""
    taken: list[int] = []
    for row, place in _asked(block):
        sheet.fill(place, default="keep")
        known = row.known.echo if row.known else ""
        st.segmented_control(
            f"{row.day_said}: recorded {known}, pasted {row.echo}",
            list(_TAKE),
            required=True,
            format_func=lambda which: _TAKE[which],
            key=sheet.field_key(place),
            on_change=_changed,
            args=(sheet.subject,),
        )
        if sheet.text(place) == "take":
            taken.append(row.number)
    if taken:
        sheet.fill(_REASON)
        st.text_input(
            "Reason for replacing recorded values *",
            key=sheet.field_key(_REASON),
            on_change=_changed,
            args=(sheet.subject,),
            placeholder="The laboratory's report is right",
            live=True,
        )
    return taken


def _buttons(block: Block, taken: list[int], record: PatientRecord, sheet: Sheet) -> None:
    number = len(block.facts(taken))
    asked = block.asks_order or bool(block.asks_units)
    with st.container(horizontal=True, vertical_alignment="center"):
        if asked:
            st.caption("Answer the questions above to save the counts.", width="content")
        elif number:
            st.button(
                f"Save {number} {'count' if number == 1 else 'counts'}",
                key=f"{sheet.token} save",
                type="primary",
                shortcut="Ctrl+Enter",
                on_click=_save,
                args=(record, sheet.subject, sheet.token),
            )
        else:
            st.caption("There is nothing to save.", width="content")
        st.button(
            "Clear the form",
            key=f"{sheet.token} discard",
            type="tertiary",
            on_click=_discard,
            args=(sheet.subject,),
        )


def _left(block: Block, text: str) -> str:
    """The lines that were refused, below the lines above the first value: they stay to be mended."""
    lines = text.splitlines()
    first = min(row.line for row in block.rows)
    refused = sorted({row.line for row in block.rows if row.verdict == REFUSED})
    return "\n".join([*lines[: first - 1], *(lines[number - 1] for number in refused)]) if refused else ""


@at_desk
def _changed(subject: str) -> None:
    sheet = Sheet.opened(FORM, subject)
    if sheet is not None and sheet.take():
        sheet.refused = None
        sheet.keep(current_session())


@at_desk
def _discard(subject: str) -> None:
    sheet = Sheet.opened(FORM, subject)
    if sheet is not None:
        sheet.discard(current_session())


@at_desk
def _save(record: PatientRecord, subject: str, token: str) -> None:
    """One call of the service, on the block held against the record as it is now."""
    sheet = Sheet.opened(FORM, subject)
    if sheet is None or sheet.token != token:
        return
    try:
        session = current_session()
        sheet.take()
        block = _read(session, record, sheet)
        taken = [row.number for row, place in _asked(block) if sheet.text(place) == "take"]
        facts = block.facts(taken)
        if not facts:
            return
        saved = entry.save(
            session.db,
            session.actor,
            facts,
            key=token,
            today=today(session.db),
            reason=sheet.text(_REASON) or None,
            draft=(sheet.form, sheet.subject),
        )
    except Conflict as error:
        sheet.refuse({}, f"{error} The rows are now compared with the current record.")
        return
    except NadirError as error:
        sheet.refuse({}, str(error))
        return
    sheet.renew().texts[_TEXT] = _left(block, sheet.text(_TEXT))
    several = "1 pasted count" if len(facts) == 1 else f"{len(facts)} pasted counts"
    remember(Note.of(session, several, saved, record.patient_id), sheet.on)
