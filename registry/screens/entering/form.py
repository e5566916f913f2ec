"""One form on the page Log: drawn from its description, kept as a draft, saved in one call."""

from collections.abc import Callable, Mapping

import streamlit as st

from registry import entry
from registry.entry.already import with_doubts
from registry.entry.far import with_far
from registry.entry.filled import SHARED, Filled, fill, place_of
from registry.entry.forms import Field, Form, Part
from registry.entry.shared_start import with_shared_start
from registry.errors import NadirError, Refused
from registry.patients.patient_record import PatientRecord
from registry.record.columns import Kind
from registry.record.text import words
from registry.roles import EVERYWHERE, Permission
from registry.screens.clock import here, today
from registry.screens.entering.fields import draw_field
from registry.screens.entering.form_state import Desk, Sheet, at_desk
from registry.screens.entering.saved import Note, remember
from registry.screens.focus import focus_on
from registry.screens.reads import read_patient_record, read_sites
from registry.screens.session import Session, current_session
from registry.screens.tables import plain
from registry.screens.wording import course_title
from registry.wording import clock, page_day, page_moment, page_month

# What is seldom said is behind "More": it need not be passed on the way to the next value.
_LATER = {
    "cbc": ("specimen", "quality", "unit", "upper_limit", "lower_limit", "explained"),
    "course": ("line_number", "ongoing"),
    "adverse_event": ("ctcae_version", "seriousness_criteria", "meddra_code", "note"),
    "exposure": ("agent",),
}
# What is asked only after another answer.
_AFTER = {"stop_reason": "stopped_on", "death_cause": "died_on"}
_EPISODE = "of.1.episode_id"
_ADD = {"agents": "Add an agent", "attributions": "Attribute to another course"}


def show_form(session: Session, form: Form, record: PatientRecord | None, sheet: Sheet) -> Filled | None:
    """Draw the form and its buttons; what is understood so far, None where it cannot be filled in yet."""
    if form.subject == "episode" and not _episode(form, record, sheet):
        return None
    filled = understood(session, form, record, sheet)
    if sheet.refused:
        st.error(plain(sheet.refused))
    for part in form.parts:
        _part(session, form, part, record, sheet, filled)
    _more(session, form, record, sheet, filled)
    _buttons(form, record, sheet)
    focus_on(sheet.field_key(_first(form, sheet)), f"{sheet.token} {sheet.attempts}")
    return filled


def understood(session: Session, form: Form, record: PatientRecord | None, sheet: Sheet) -> Filled:
    """What the sheet says now."""
    of: dict[str, str] = {}
    if form.subject == "patient" and record is not None:
        of = {"patient_id": record.patient_id}
    elif form.subject == "episode" and sheet.text(_EPISODE):
        of = {"episode_id": sheet.text(_EPISODE)}
    filled = fill(
        form,
        sheet.texts,
        today=today(session.db),
        rows=sheet.rows,
        of=of,
        expected_version=sheet.version if form.amends else None,
        offered={
            f"{part.name}.{field.name}": said
            for part in form.parts
            for field in part.fields
            if (said := _offered(session, field, record)) is not None
        },
    )
    if record is None:
        return filled
    filled = with_shared_start(session.db, with_doubts(filled, record.observations))
    return with_far(session.db, session.actor, filled)


# --- drawing


def _episode(form: Form, record: PatientRecord | None, sheet: Sheet) -> bool:
    """Let the diagnosis be chosen to which the form belongs, where the patient has several."""
    known = {row["episode_id"]: row for row in (record.episodes if record else [])}
    if not known:
        st.info(
            f"A {form.title.lower()} needs a diagnosis, and none is recorded yet. Log the diagnosis first."
        )
        return False
    last = max(known, key=lambda name: str(known[name]["onset_on"] or ""))
    sheet.fill(_EPISODE, default=last)
    if len(known) > 1:
        st.pills(
            "For which disease",
            list(known),
            required=True,
            format_func=lambda name: f"{known[name]['disease']} since {page_month(known[name]['onset_on'])}",
            key=sheet.field_key(_EPISODE),
            on_change=_changed,
            args=(form.name, sheet.subject),
        )
    return True


def _part(
    session: Session, form: Form, part: Part, record: PatientRecord | None, sheet: Sheet, filled: Filled
) -> None:
    if part.name == SHARED or "analyte" in part.fixed:
        if part.name == SHARED:
            with st.grid(4, min_column_width=150, gap="small"):
                for each in form.parts:
                    _fields(session, form, each, 1, record, sheet, filled)
        return
    if part.most == 1:
        with st.grid(4, min_column_width=170, gap="small"):
            _fields(session, form, part, 1, record, sheet, filled)
        return
    st.subheader(part.title, anchor=False)
    numbers = sheet.rows.setdefault(part.name, [1])
    for row in numbers:
        with st.container(border=True, gap="xsmall"):
            with st.grid(4, min_column_width=150, gap="small"):
                _fields(session, form, part, row, record, sheet, filled)
            if part.name == "agents":
                _step_button(form, part, row, sheet, last=row == numbers[-1])
            if len(numbers) > 1:
                st.button(
                    "Remove",
                    key=f"{sheet.token} out {part.name} {row}",
                    on_click=_take_out,
                    args=(form.name, sheet.subject, part.name, row),
                    type="tertiary",
                    icon=":material/close:",
                )
    with st.container(horizontal=True):
        st.button(
            _ADD.get(part.name, "Add a row"),
            key=f"{sheet.token} add {part.name}",
            on_click=_add,
            args=(form.name, sheet.subject, part.name),
            shortcut="Alt+A",
        )


def _step_button(form: Form, part: Part, row: int, sheet: Sheet, *, last: bool) -> None:
    """Each agent has its own button for its next dose: a taper is often written after the other agents."""
    st.button(
        "Add a dose step",
        key=f"{sheet.token} step {part.name} {row}",
        on_click=_add,
        args=(form.name, sheet.subject, part.name, row),
        type="tertiary",
        icon=":material/add:",
        shortcut="Alt+D" if last else None,
    )


def _fields(
    session: Session,
    form: Form,
    part: Part,
    row: int,
    record: PatientRecord | None,
    sheet: Sheet,
    filled: Filled,
) -> None:
    for field in part.fields:
        if field.name in _LATER.get(form.name, ()) or not _asked(part, row, field, sheet):
            continue
        _draw(session, form, part, row, field, record, sheet, filled)


def _asked(part: Part, row: int, field: Field, sheet: Sheet) -> bool:
    after = _AFTER.get(field.name)
    return after is None or bool(sheet.text(place_of(part, row, after)).strip())


def _draw(
    session: Session,
    form: Form,
    part: Part,
    row: int,
    field: Field,
    record: PatientRecord | None,
    sheet: Sheet,
    filled: Filled,
) -> None:
    place = place_of(part, row, field.name)
    with st.container(gap="xxsmall"):
        draw_field(
            sheet,
            field,
            place,
            filled.typed.get(place),
            _on_change(form.name, sheet.subject),
            offered=_offered(session, field, record),
            label=_label(part, row, field, sheet),
            default=_default(part, field, record),
        )


def _label(part: Part, row: int, field: Field, sheet: Sheet) -> str:
    if "analyte" not in part.fixed:
        return field.full_label
    unit = sheet.text(place_of(part, row, "unit")) or field.unit or part.field_named("value").unit
    if field.name == "value":
        return f"{field.label} ({words.unit(unit)})"
    return f"{part.title}: {field.label[:1].lower()}{field.label[1:]}"


def _default(part: Part, field: Field, record: PatientRecord | None) -> str:
    """What is in a field from the start: the unit in which the patient's last value was reported."""
    if field.kind is Kind.UNIT and record is not None and "analyte" in part.fixed:
        reported = [row["unit"] for row in record.observations if row["analyte"] == part.fixed["analyte"]]
        known = [unit for unit in reported if unit in field.units]
        if known:
            return str(known[-1])
    return field.default or ""


def _offered(session: Session, field: Field, record: PatientRecord | None) -> Mapping[str, str] | None:
    """The words that the record offers for a field: courses of the patient, sites of the person."""
    if field.name == "course_id" and record is not None:
        return {
            row["course_id"]: f"{course_title(record, row['course_id'])}, from {page_day(row['started_on'])}"
            for row in record.courses
        }
    if field.name == "site" and field.kind is Kind.ID:
        named = {*session.actor.roles, *read_sites(session)} - {EVERYWHERE}
        sites = sorted(site for site in named if session.actor.may(Permission.LOG, site))
        return {site: site for site in sites} if EVERYWHERE not in session.actor.roles else None
    return None


def _more(session: Session, form: Form, record: PatientRecord | None, sheet: Sheet, filled: Filled) -> None:
    later = _LATER.get(form.name, ())
    if not later:
        return
    asked = [
        (part, row, field)
        for part in form.parts
        for row in (sheet.rows.get(part.name) or [1])
        for field in part.fields
        if field.name in later
    ]
    with st.expander(f"More: {_list_of(asked)}"), st.grid(4, min_column_width=170, gap="small"):
        for part, row, field in asked:
            _draw(session, form, part, row, field, record, sheet, filled)


def _list_of(asked: list[tuple[Part, int, Field]]) -> str:
    labels = list(dict.fromkeys(field.label.lower() for _, _, field in asked))
    return ", ".join(labels)


def _first(form: Form, sheet: Sheet) -> str:
    """The place on which the keyboard is first: what was refused, else the first field."""
    first = form.parts[0]
    places = [place for place in sheet.problems if sheet.field_key(place) in st.session_state]
    return (
        places[0] if places else place_of(first, (sheet.rows.get(first.name) or [1])[0], first.fields[0].name)
    )


def _buttons(form: Form, record: PatientRecord | None, sheet: Sheet) -> None:
    if sheet.problems:
        several = "One field needs" if len(sheet.problems) == 1 else f"{len(sheet.problems)} fields need"
        st.error(f"Nothing is saved yet. {several} correction; see the message below each field.")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Save",
            key=f"{sheet.token} save",
            type="primary",
            shortcut="Ctrl+Enter",
            on_click=_save,
            args=(form, record.patient_id if record else None, sheet.subject, sheet.token),
        )
        if sheet.filled:
            _draft(sheet)
            st.button(
                "Clear the form",
                key=f"{sheet.token} discard",
                on_click=_discard,
                args=(form.name, sheet.subject),
                type="tertiary",
            )


def _draft(sheet: Sheet) -> None:
    """Say that nothing can be lost."""
    if sheet.kept_at is not None:
        st.caption(f"Draft saved at {clock(here(sheet.kept_at))}.", width="content")
    elif sheet.restored_at is not None:
        st.caption(f"Draft from {page_moment(here(sheet.restored_at))} restored.", width="content")


# --- what a person does


def _on_change(form: str, subject: str) -> Callable[[], None]:
    return lambda: _changed(form, subject)


@at_desk
def _changed(form: str, subject: str) -> None:
    sheet = Sheet.opened(form, subject)
    if sheet is not None and sheet.take():
        sheet.keep(current_session())


@at_desk
def _add(form: str, subject: str, part: str, step_of: int | None = None) -> None:
    """Add a row at the end, or behind the row of which it is the next dose step."""
    sheet = Sheet.opened(form, subject)
    if sheet is None:
        return
    sheet.take()
    numbers = sheet.rows.setdefault(part, [1])
    new = max(numbers) + 1
    if step_of is None or step_of not in numbers:
        numbers.append(new)
    else:
        for name in ("agent", "dose_unit", "weight_kg", "frequency", "route"):
            sheet.texts[f"{part}.{new}.{name}"] = sheet.text(f"{part}.{step_of}.{name}")
        numbers.insert(numbers.index(step_of) + 1, new)
    sheet.keep(current_session())


@at_desk
def _take_out(form: str, subject: str, part: str, row: int) -> None:
    sheet = Sheet.opened(form, subject)
    if sheet is None:
        return
    sheet.take()
    sheet.rows[part] = [number for number in sheet.rows[part] if number != row]
    sheet.texts = {
        place: text for place, text in sheet.texts.items() if not place.startswith(f"{part}.{row}.")
    }
    sheet.keep(current_session())


@at_desk
def _discard(form: str, subject: str) -> None:
    sheet = Sheet.opened(form, subject)
    if sheet is not None:
        sheet.discard(current_session())


@at_desk
def _save(form: Form, patient_id: str | None, subject: str, token: str) -> None:
    """One call of the service. A click that comes after the save finds another sheet, and does nothing."""
    sheet = Sheet.opened(form.name, subject)
    if sheet is None or sheet.token != token:
        return
    try:
        session = current_session()
        before = read_patient_record(session, patient_id) if patient_id is not None else None
        sheet.take()
        filled = understood(session, form, before, sheet)
        sheet.refuse(filled.problems)
        if filled.problems:
            return
        saved = entry.save(
            session.db,
            session.actor,
            filled.facts,
            key=token,
            today=today(session.db),
            reason=form.reason,
            draft=(sheet.form, sheet.subject),
        )
    except Refused as error:
        found = [one for one in error.problems if isinstance(one, entry.FactProblem)]
        problems = {one.field: f"{one.expected}. {one.remedy}" for one in found}
        sheet.refuse(problems, str(error))
        return
    except NadirError as error:
        sheet.refuse({}, str(error))
        return
    sheet.renew()
    _go_on(saved, patient_id, sheet.on)
    remember(Note.of(session, form.title, saved, patient_id), sheet.on)


def _go_on(saved: entry.Saved, patient_id: str | None, on: Desk) -> None:
    """A patient who was added is opened, and asked for the diagnosis."""
    if patient_id is None and saved.facts:
        on.going = {"patient": str(saved.facts[0].identity["patient_id"]), "form": "episode"}
