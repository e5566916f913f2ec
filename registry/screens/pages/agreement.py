"""Agreement: how far machine and people agree, and whether the machine may go on accepting calls by itself."""

import streamlit as st

from registry.review.agreement import Agreement
from registry.screens import links
from registry.screens.review import figures
from registry.screens.review.reads import read_agreement
from registry.screens.session import current_session
from registry.screens.tables import plain
from registry.wording import number_of


def show() -> None:
    """Show the switch, then machine against people, then each group, then what others found."""
    st.title("Agreement", anchor=False)
    session = current_session()
    found = read_agreement(session)
    st.markdown(_basis(found))
    figures.show_switch(session, found)
    st.header("Automated call and final decision", anchor=False)
    if not found.decided:
        st.info(_nothing(found), icon=":material/hourglass_empty:")
        if links.offered(session, "opening") and not found.waiting:
            links.link(session, "Open cases", "opening", icon=":material/arrow_forward:")
    else:
        left, right = st.columns([3, 2], gap="large", vertical_alignment="center")
        with left:
            figures.show_matrix(session, found, found.groups[0])
        with right:
            figures.show_numbers(found.groups[0])
        figures.show_coefficients(session, found)
        st.header("Group by group", anchor=False)
        figures.show_groups(session, found)
    figures.show_published(found)


def _basis(found: Agreement) -> str:
    """What the figures rest on, and what is excluded."""
    where = "of all sites" if found.sites is None else f"of {plain(', '.join(found.sites))}"
    return (
        f"**{number_of(found.decided, 'decided case')}** {where}, {found.disputed:,} of them "
        f"settled by a third reader or a committee. Excluded as incomplete: {found.waiting:,} that wait for a "
        f"decision, {found.unsettled:,} of them in dispute; {found.superseded:,} re-opened since; from the figures of "
        f"the two readers {found.incomplete:,} decided without both readings here."
    )


def _nothing(found: Agreement) -> str:
    if found.waiting:
        cases = "1 case waits" if found.waiting == 1 else f"{found.waiting:,} cases wait"
        return f"No case is decided yet; {cases} for readers. Figures appear here after the first decision."
    return "No case was opened yet, so agreement is not known. A data manager can open cases for review."


if __name__ == "__main__":
    show()
