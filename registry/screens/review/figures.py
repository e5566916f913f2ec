"""The parts of the page of agreement: the switch, machine against people, group by group, and what others found."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from adjudication.review.rules import published_rules
from registry.charts import agreement as charts
from registry.charts.agreement import LABELS, in_words
from registry.charts.palette import Theme
from registry.review.agreement import Agreement
from registry.review.agreement.coefficients import Coefficient
from registry.review.agreement.figures import Group, waiting_words
from registry.review.error_rate import Trust
from registry.screens import drawing, tables
from registry.screens.reads import kept
from registry.screens.review.reads import read_agreement
from registry.screens.session import Session
from registry.screens.texts import Marked
from registry.stamp import Stamp
from registry.wording import number_of

Spec = dict[str, Any]
BY = {"disease": "Disease", "criteria": "Criteria", "line": "Line", "density": "Density of counts"}
NAMES = {
    "line": {
        "1": "Line 1",
        "2": "Line 2",
        "3 or later": "Line 3 or later",
        "observation": "Observation",
        "unknown": "Unknown",
    },
    "density": {
        "dense": "Dense counts",
        "sparse": "Sparse counts",
        "fewer than two counts": "Fewer than two counts",
    },
}
COMPARED = (
    "percent_agreement",
    "cohen_kappa",
    "weighted_kappa",
    "fleiss_kappa",
    "krippendorff_alpha",
    "gwet_ac1",
)
COEFFICIENT = ("section", "measure", "estimate", "low", "high", "n")
CELL = ("machine", "final", "n")
SPARSE = "DEF-REV-14"


def name_of(group: Group) -> str:
    """What a page calls a group."""
    return "All decided cases" if group.by == "all" else NAMES.get(group.by, {}).get(group.name, group.name)


# --- whether the machine may accept


def show_switch(session: Session, found: Agreement) -> None:
    """Whether the machine may accept calls by itself, why, and from which limit on it may not."""
    st.header("Can calls be accepted without review?", anchor=False)
    one = found.trust
    if not one.known:
        answer, _, rest = one.words.partition(":")
        st.info(Marked(f"**{tables.plain(answer)}.** {tables.plain(rest.strip())}"), icon=":material/help:")
    elif not one.accepts:
        st.error(Marked(f"**No.** {tables.plain(one.words)}"), icon=":material/block:")
    else:
        st.success(Marked(f"**Yes.** {tables.plain(one.words)}"), icon=":material/check:")
    if one.decided:
        drawing.chart(
            session,
            lambda look: _error(session, one, look),
            "error rate of accepted calls",
            rows=[one.as_json()],
            columns=("errors", "decided", "low", "high", "confidence", "limit", "needed", "accepts"),
            stamp=Stamp(found.criteria, "random share of accepted calls"),
            of_patients=False,
        )
    st.markdown(tables.plain(waiting_words(one)))
    st.caption(
        f"An error is another level than the final decision, in a random sample of the accepted calls. No "
        f"call is accepted without review once the upper bound of the exact {one.confidence:.0%} "
        f"interval exceeds {one.limit:.0%}; then every call opens a case. {one.needed} sampled calls "
        f"without any error show that it is within. A sampled case in dispute counts as a possible error "
        f"until it is settled "
        "(DEF-REV-11, DEF-REV-12). All cases of this registry are included, except imported ones."
    )


@kept(20)
def _error(session: Session, trust: Trust, look: Theme) -> Spec:
    return charts.error_spec(
        trust, title="Error rate of accepted calls", theme=look, synthetic=session.synthetic
    )


# --- machine against people


def show_matrix(session: Session, found: Agreement, group: Group) -> None:
    """Who said what: the chart with its numbers, and the days between onsets."""
    name = name_of(group)
    drawing.chart(
        session,
        lambda look: _matrix(session, group.by, group.name, look),
        f"matrix of {name[0].lower() + name[1:] if group.by in ('all', 'line', 'density') else name}",
        rows=_cells(group),
        columns=CELL,
        stamp=Stamp(found.criteria, f"automated call and final decision, {name.lower()}"),
        of_patients=False,
    )


def show_numbers(group: Group) -> None:
    """The matrix as a table, and the days between onsets."""
    st.caption("Automated call in rows, final decision in columns.")
    columns = {"machine": "Machine", **{f"is {level}": level for level in group.matrix.columns}}
    rows = [
        {
            "machine": level,
            **{f"is {final}": n for final, n in zip(group.matrix.columns, counts, strict=True)},
        }
        for level, counts in zip(group.matrix.rows, group.matrix.counts, strict=True)
    ]
    st.dataframe(
        rows,
        hide_index=True,
        column_config=columns,
        height="content",
        alt="automated call and final decision",
    )
    st.markdown(onset_words(group))


def onset_words(group: Group) -> str:
    """How far the two onsets lie apart."""
    if group.onset_days_mean is None:
        return "No case has an onset from both."
    cases = f"{number_of(group.onsets, 'case')}"
    return (
        f"Onsets lie **{group.onset_days_mean:.1f} days** apart on average (median {group.onset_days_median:g}), "
        f"in {cases} where both give one."
    )


@kept(60)
def _matrix(session: Session, by: str, name: str, look: Theme) -> Spec:
    found = read_agreement(session)
    group = next(one for one in found.by(by) if one.name == name)
    return charts.matrix_spec(group, title=name_of(group), theme=look, synthetic=session.synthetic)


def _cells(group: Group) -> list[dict[str, Any]]:
    return [
        {"machine": machine, "final": final, "n": n}
        for machine, counts in zip(group.matrix.rows, group.matrix.counts, strict=True)
        for final, n in zip(group.matrix.columns, counts, strict=True)
    ]


def show_coefficients(session: Session, found: Agreement) -> None:
    """All coefficients with their intervals, the two readers, and what others published."""
    sections = _sections(found)
    rows = [{"section": section, **one.as_json()} for section, many in sections.items() for one in many]
    drawing.chart(
        session,
        lambda look: _coefficients(session, look),
        "coefficients of agreement",
        rows=rows,
        columns=COEFFICIENT,
        stamp=Stamp(found.criteria, f"{found.resamples} resamples, seed {found.seed}"),
        of_patients=False,
    )
    st.caption(
        f"Intervals: 2.5th to 97.5th of a hundred over {found.resamples:,} resamples of cases, seed {found.seed} "
        "(DEF-REV-13). Weighted: quadratic over NR, R or PR, CR; NE is outside the order. Different cases "
        "have different readers, so Cohen's kappa is not calculated for them."
    )


def _sections(found: Agreement) -> Mapping[str, Sequence[Coefficient]]:
    return {
        "Automated call and final decision": found.groups[0].coefficients,
        "The two blinded readers": found.readers,
    }


@kept(20)
def _coefficients(session: Session, look: Theme) -> Spec:
    found = read_agreement(session)
    return charts.coefficients_spec(
        _sections(found),
        found.beside,
        title="Coefficients of agreement",
        theme=look,
        synthetic=session.synthetic,
    )


# --- group by group


def show_groups(session: Session, found: Agreement) -> None:
    """The same for each disease, criteria set, line or density of counts."""
    by = st.segmented_control(
        "By", list(BY), default="disease", key="agreement by", format_func=BY.__getitem__, required=True
    )
    groups = found.by(str(by))
    with st.grid(2, min_column_width=330, gap="medium"):
        for group in groups:
            with st.container():
                show_matrix(session, found, group)
    rows = [_compared(group) for group in groups]
    columns = {"group": BY[str(by)], "n": "Cases", **{name: LABELS[name] for name in COMPARED}}
    tables.table(
        session,
        f"agreement by {BY[str(by)].lower()}",
        rows,
        columns | {"onset_days_mean": "Onset, mean days apart", "onsets": "Onsets"},
        of_patients=False,
        empty="No case is decided.",
    )
    if by == "density":
        st.caption(f"When are the counts of a course sparse? {published_rules().readings[SPARSE]} ({SPARSE})")


def _compared(group: Group) -> dict[str, Any]:
    told = {one.measure: in_words(one) for one in group.coefficients}
    mean = None if group.onset_days_mean is None else f"{group.onset_days_mean:.1f}"
    return {
        "group": name_of(group),
        "n": group.n,
        **{name: told[name] for name in COMPARED},
        "onset_days_mean": mean,
        "onsets": group.onsets,
    }


# --- what others found


def show_published(found: Agreement) -> None:
    """Figures of others, with where they are in print."""
    st.header("Published agreement", anchor=False)
    lines = []
    for one in found.beside:
        bounds = "" if one.low is None or one.high is None else f" ({one.low:.2f}–{one.high:.2f})"
        source = f"{one.citation}, doi {one.doi}" if one.doi else one.citation
        lines.append(
            f"- {one.label}: {LABELS[one.measure]} **{one.value:.2f}**{bounds}. {tables.plain(source)}"
        )
    st.markdown("\n".join(lines))
    st.caption("Other diseases, readers and designs: shown for comparison, never pooled with this registry.")
