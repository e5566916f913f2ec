"""What was found in one patient and what it demands: in words, with its deadline and its line of the source."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import streamlit as st

from adjudication.surveillance.protocol import Protocol
from registry.screens.search import day
from registry.screens.surveillance.reads import Beside
from registry.screens.tables import plain
from registry.surveillance.deadline import Deadline, deadline
from registry.surveillance.finding import (
    advised,
    compared,
    context,
    counted,
    demanded,
    hastened_by,
    rule_of,
    treatment_advice_of,
)
from registry.wording import number_of

Row = Mapping[str, Any]


def when(row: Row, limit: Deadline | None, today: date) -> str:
    """By when something is due, with what is left; or since when it is, and how late."""
    if limit is not None:
        return f"**{limit.text}**" if limit.missed or limit.at_once else limit.text
    due = row["due_on"]
    if due is None and row["settled"]:
        return "until the next finding"
    if due is None:
        return "no date" if row["mode"] == "in_window" else "by symptoms"
    late = row["overdue_days"]
    if due < today:
        first = "next count due since" if row["settled"] else "due since"
    else:
        first = "next count by" if row["settled"] else "by"
    return f"{first} {day(due)}" + (f", **{number_of(late, 'day')} late**" if late else "")


def counts(row: Row) -> str:
    """The last count, and the one that it is compared with."""
    if not row["last_count"]:
        return f"never counted, infusion on {day(row['last_infusion_on'])}"
    before = compared(row)
    return f"platelets {counted(row)} ×10⁹/L on {day(row['last_count_on'])}{f', {before}' if before else ''}"


def show_demand(protocol: Protocol, row: Row, beside: Beside, now: datetime) -> None:
    """What is demanded, what is advised on treatment, and what else is to be known."""
    st.markdown(f"**{plain(demanded(protocol, row))}**")
    limit = deadline(row, now)
    escalated = []
    if limit is not None and limit.missed:
        owner = protocol.outcomes.escalate_to.replace("_", " ")
        escalated.append(
            f":red[:material/notification_important: **Escalated to the {owner}** since {plain(limit.when)}]"
        )
    told = [plain(one) for one in context(protocol, row, now.date())]
    if row["mode"] == "symptom_driven":
        told.append(
            f"The monthly counts ended on {day(row['window_ends_on'])}; from then on testing follows symptoms, "
            "and nobody is discharged"
        )
    if beside.hemoglobin:
        told.append(f"For information: {plain(beside.hemoglobin.rstrip('.'))}")
    if escalated or told:
        st.markdown(" · ".join([*escalated, *(f"{one[:1].upper()}{one[1:]}" for one in told)]))
    treatment = advised(protocol, row)
    if treatment is not None:
        st.caption(f"Treatment, to discuss with the hematologist: {plain(treatment)}.")


def show_why(protocol: Protocol, row: Row, key: str) -> None:
    """The lines of the source, and what it leaves open: behind a button."""
    rules = [rule_of(protocol, row), hastened_by(protocol, row), treatment_advice_of(protocol, row)]
    told = [rule for rule in rules if rule is not None]
    with st.popover("Why", key=key, type="tertiary", icon=":material/help:"):
        for rule in told:
            st.markdown(f"“{plain(rule.says)}”")
            st.caption(f"{plain(protocol.citation)}, lines {rule.lines}")
        for one in dict.fromkeys(one for rule in told for one in protocol.rests_on(rule)):
            st.markdown(
                f"**The source leaves open** ({plain(one.id)}): {plain(one.asks)}\n\n"
                f"**Here:** {plain(one.we)} {plain(one.because)}"
            )
