"""A call explained on a page: headline, table of steps, sentences, readings."""

from collections.abc import Sequence

import streamlit as st

from adjudication.response.explain import Explanation
from registry.screens.tables import plain
from registry.wording import page_day


def show(said: Explanation, numbers: Sequence[int | None] = ()) -> None:
    """Show an explanation; `numbers` are those that the chart gives to the days of the steps, in their order."""
    show_headline(said)
    show_steps(said, numbers)
    show_sentences(said)


def show_headline(said: Explanation) -> None:
    """Show the course, its response and the criteria."""
    first, _, rest = said.with_days(page_day).headline.partition(". ")
    st.markdown(f"**{plain(first)}.** {plain(rest)}")


def show_steps(said: Explanation, numbers: Sequence[int | None] = ()) -> None:
    """Show the table of steps, which needs some 600 pixels, where there are steps."""
    written = said.with_days(page_day)
    if written.steps:
        st.markdown(_table(written, numbers))


def show_sentences(said: Explanation) -> None:
    """Show what decided, what ended the follow-up, what would have changed it, and the readings."""
    written = said.with_days(page_day)
    st.markdown("\n".join(f"- {plain(sentence)}" for sentence in written.sentences))
    if written.readings:
        with st.expander("Readings it rests on", icon=":material/help:"):
            st.markdown(
                "\n".join(f"- {plain(one.id)}: {plain(one.asks)} {plain(one.we)}" for one in written.readings)
            )


def _table(said: Explanation, numbers: Sequence[int | None]) -> str:
    """The steps as a Markdown table; a day that stands in the chart has its number."""
    lines = ["| Step | Day | Value | Needs | Met |", "|---|---|---|---|---|"]
    for place, row in enumerate(said.steps):
        number = numbers[place] if place < len(numbers) else None
        badge = "" if number is None else f":gray-badge[{number}] "
        cells = (row.name, said.write_day(row.on), row.value, row.needs, row.met_words)
        lines.append(f"| {badge}{' | '.join(plain(cell) for cell in cells)} |")
    return "\n".join(lines)
