"""Every table of a bundle and every column: its kind and words, its label, and its place in a form. The one place.

Forms, pages, packets, terminals and exports read this; how one cell is read is in `cell_reader`.
"""

from adjudication.surveillance.protocol import SIGNS, Outcome
from registry.record.columns import Column, Kind, Table
from registry.record.units import measures

YES_NO = ("yes", "no")
RESCUE_AGENTS = ("ivig", "anti_d", "steroid_pulse", "vinca", "platelets", "other")
MISSING = ("not_done", "unknown", "not_applicable")
"""Why a value is missing, where it is said."""
MAY_LACK = ("patient", "exposure", "episode", "course", "course_agent", "observation", "bleed",
            "transfusion", "rescue", "other_cause", "adverse_event")  # fmt: skip
"""The tables of whose empty columns it may be said why."""


def _id(name: str, short: str, *, label: str = "", hint: str = "") -> Column:
    return Column(name, short, Kind.ID, required=True, label=label, hint=hint)


def _date(
    name: str, short: str, *, label: str = "", hint: str = "", required: bool = False, ahead: bool = False
) -> Column:
    return Column(name, short, Kind.DATE, required, label=label, hint=hint, ahead=ahead)


def _word(
    name: str,
    short: str,
    words: tuple[str, ...],
    *,
    label: str = "",
    hint: str = "",
    required: bool = False,
    names_agent: bool = False,
) -> Column:
    return Column(name, short, Kind.WORD, required, words, label, hint, names_agent=names_agent)


DAY = "3/2/26, 3 feb, today or -3d; the day comes first"
"""How a day may be typed, as a form says it."""
TABLES = {
    table.name: table
    for table in (
        Table(
            "patient",
            noun=("patient", "patients"),
            columns=(
                _id(
                    "patient_id",
                    "Patient",
                    label="Pseudonym",
                    hint="Leave empty to have one generated.",
                ),
                Column("site", "Hospital", kind=Kind.ID),
                _word("sex", "Sex", ("female", "male", "other", "unknown")),
                _date("born_on", "Born", label="Date of birth", hint=DAY),
                _date(
                    "last_contact_on",
                    "Last contact",
                    hint="Last date the patient was known to be alive and in follow-up.",
                ),
                _date("died_on", "Died", label="Date of death", hint=DAY),
                Column("death_cause", "Death cause", label="Cause of death", hint="As reported."),
            ),
            identity=("patient_id",),
            ordered=(("born_on", "last_contact_on"), ("born_on", "died_on"), ("last_contact_on", "died_on")),
            asked=("patient_id", "site", "sex", "born_on", "last_contact_on", "died_on", "death_cause"),
            in_a_line=("patient_id", "site", "sex", "born_on"),
        ),
        Table(
            "exposure",
            noun=("alemtuzumab infusion", "alemtuzumab infusions"),
            columns=(
                _id(
                    "patient_id",
                    "Patient",
                    label="Pseudonym",
                    hint="Leave empty to have one generated.",
                ),
                _id("exposure_id", "Exposure id"),
                _word("agent", "Agent", ("alemtuzumab",), required=True, names_agent=True),
                _word(
                    "setting",
                    "Indication",
                    ("renal_transplant", "multiple_sclerosis", "other"),
                    required=True,
                ),
                _date("started_on", "Started", label="First day of the infusion", hint=DAY, required=True),
                _date("ended_on", "Ended", label="Last day of the infusion", hint=DAY),
                Column("cycle", "Cycle", kind=Kind.WHOLE, hint="1 for the first.", low=1, high=99),
                Column("dose_mg", "Dose, mg", kind=Kind.NUMBER, label="Dose"),
                _date(
                    "indication_on", "Indication since", label="Date of transplant or indication", hint=DAY
                ),
            ),
            identity=("patient_id", "exposure_id"),
            parents=("patient_id",),
            happened=("started_on",),
            ordered=(("started_on", "ended_on"),),
            asked=("started_on", "ended_on", "setting", "agent", "cycle", "dose_mg", "indication_on"),
            in_a_line=("started_on", "setting", "cycle", "dose_mg"),
        ),
        Table(
            "episode",
            noun=("episode", "episodes"),
            columns=(
                _id(
                    "patient_id",
                    "Patient",
                    label="Pseudonym",
                    hint="Leave empty to have one generated.",
                ),
                _id("episode_id", "Episode id"),
                _word("disease", "Disease", ("ITP", "AIHA"), required=True),
                _date("onset_on", "Onset", hint=DAY, required=True),
                _date("diagnosed_on", "Diagnosed", label="Diagnosed on", hint=DAY),
                _word("primary_or_secondary", "Primary or secondary", ("primary", "secondary", "unknown")),
                Column("cause", "Cause", label="Underlying cause", hint="Where it is secondary."),
                Column(
                    "dat_result", "Direct antiglobulin test", hint="As reported, for example IgG positive."
                ),
                _date("ended_on", "Ended", label="Ended on", hint=DAY),
            ),
            identity=("episode_id",),
            parents=("patient_id",),
            happened=("onset_on", "diagnosed_on"),
            ordered=(("onset_on", "ended_on"),),
            asked=(
                "disease",
                "onset_on",
                "diagnosed_on",
                "primary_or_secondary",
                "cause",
                "dat_result",
                "ended_on",
            ),
            in_a_line=("onset_on", "disease", "primary_or_secondary", "cause"),
        ),
        Table(
            "course",
            noun=("course", "courses"),
            columns=(
                _id("episode_id", "Episode id"),
                _id("course_id", "Course id", label="Course"),
                _date("started_on", "Started", label="Course started on", hint=DAY, required=True),
                _date(
                    "stopped_on",
                    "Stopped",
                    label="Course stopped on",
                    hint="Leave empty during treatment.",
                ),
                _word("ongoing", "Ongoing", YES_NO, label="Still given"),
                _word("intent", "Intent", ("induction", "maintenance", "observation")),
                _word(
                    "start_reason",
                    "Start reason",
                    (
                        "first_line",
                        "inefficacy",
                        "toxicity",
                        "relapse",
                        "steroid_sparing",
                        "intensification",
                        "retreatment",
                        "other",
                    ),
                    label="Why it was started",
                ),
                _word(
                    "stop_reason",
                    "Stop reason",
                    ("completed", "response", "inefficacy", "toxicity", "patient_choice", "death", "other"),
                    label="Why it was stopped",
                ),
                Column(
                    "line_number",
                    "Line number",
                    kind=Kind.WHOLE,
                    label="Line",
                    hint="Leave empty to have lines numbered.",
                    high=99,
                ),
            ),
            identity=("course_id",),
            parents=("episode_id",),
            happened=("started_on",),
            ordered=(("started_on", "stopped_on"),),
            asked=(
                "started_on",
                "start_reason",
                "intent",
                "ongoing",
                "stopped_on",
                "stop_reason",
                "line_number",
            ),
            in_a_line=("started_on", "stopped_on", "intent", "course_id"),
        ),
        Table(
            "course_agent",
            noun=("dose", "doses"),
            columns=(
                _id("course_id", "Course id", label="Course"),
                Column("agent", "Agent", hint="Generic name, brand or abbreviation.", required=True),
                _date(
                    "started_on",
                    "Started",
                    label="Dose start",
                    hint="The first step begins with the course.",
                    required=True,
                ),
                _date(
                    "stopped_on",
                    "Stopped",
                    label="Dose end",
                    hint="Leave it empty if it ends with the next step or the course.",
                ),
                Column("dose", "Dose", hint="As given: 60, or 1."),
                Column("dose_unit", "Dose unit", kind=Kind.UNIT, label="Unit of the dose"),
                Column("weight_kg", "Weight", label="Weight in kg", hint="Only where the dose is by weight."),
                Column("route", "Route"),
                Column("frequency", "Frequency", label="How often"),
            ),
            identity=("course_id", "agent", "started_on"),
            parents=("course_id",),
            happened=("started_on",),
            ordered=(("started_on", "stopped_on"),),
            asked=(
                "agent",
                "dose",
                "dose_unit",
                "weight_kg",
                "frequency",
                "route",
                "started_on",
                "stopped_on",
            ),
            in_a_line=("agent", "started_on", "dose dose_unit", "frequency", "course_id"),
        ),
        Table(
            "observation",
            noun=("count", "counts"),
            columns=(
                _id(
                    "patient_id",
                    "Patient",
                    label="Pseudonym",
                    hint="Leave empty to have one generated.",
                ),
                _id("observation_id", "Observation id"),
                Column(
                    "observed_at",
                    "Collected",
                    kind=Kind.MOMENT,
                    label="Collection date",
                    hint=DAY,
                    required=True,
                ),
                _word("analyte", "Analyte", tuple(measures()), label="What was measured", required=True),
                Column(
                    "value",
                    "Value",
                    kind=Kind.REPORTED,
                    hint="31, <5, 5.4 or 45 K/uL",
                    unless="missing_reason",
                ),
                Column("unit", "Unit", kind=Kind.UNIT, hint="As reported."),
                Column("specimen_id", "Specimen id", kind=Kind.ID, label="Number of the specimen"),
                _word(
                    "specimen", "Specimen", ("edta", "citrate", "heparin", "unknown"), label="Specimen type"
                ),
                _word(
                    "quality",
                    "Quality",
                    ("ok", "clumped", "hemolyzed", "insufficient"),
                    hint="Comment of the laboratory on the specimen.",
                ),
                Column(
                    "lower_limit",
                    "Lower limit",
                    kind=Kind.REPORTED,
                    label="Lower limit of normal",
                    hint="Of this laboratory, in the unit of the value.",
                ),
                Column(
                    "upper_limit",
                    "Upper limit",
                    kind=Kind.REPORTED,
                    label="Upper limit of normal",
                    hint="Of this laboratory, in the unit of the value.",
                ),
                _word(
                    "explained",
                    "Explained",
                    YES_NO,
                    label="Explained by another cause",
                    hint="If a clinician attributes an abnormal value to another cause.",
                ),
                Column("missing_reason", "Missing reason", label="Why there is no value"),
                Column("source", "Source"),
                _word(
                    "status",
                    "Status",
                    ("preliminary", "final", "corrected", "cancelled", "entered_in_error"),
                    hint="Of the result, as the laboratory says it; empty is final.",
                ),
                Column("value_read", "Value read", kind=Kind.REPORTED),
            ),
            identity=("patient_id", "observation_id"),
            parents=("patient_id",),
            happened=("observed_on",),
            asked=(
                "observed_at",
                "analyte",
                "value",
                "unit",
                "specimen",
                "quality",
                "lower_limit",
                "upper_limit",
                "explained",
                "missing_reason",
                "specimen_id",
                "source",
            ),
            in_a_line=("observed_at", "analyte value unit missing_reason"),
        ),
        Table(
            "bleed",
            noun=("bleed", "bleeds"),
            columns=(
                _id(
                    "patient_id",
                    "Patient",
                    label="Pseudonym",
                    hint="Leave empty to have one generated.",
                ),
                _id("bleed_id", "Bleed id"),
                _date("started_on", "Started", label="First day", hint=DAY, required=True),
                _date("ended_on", "Ended", label="Last day", hint=DAY),
                _word("scale", "Scale", ("WHO", "ITP_BAT", "CTCAE"), required=True),
                Column(
                    "grade",
                    "Grade",
                    kind=Kind.WHOLE,
                    hint="0: looked for and not found.",
                    required=True,
                    high=5,
                ),
                Column("site", "Where", hint="Skin, mucosal, deep, joint, intracranial …"),
                _word("itp_related", "Due to ITP", ("yes", "no", "unknown")),
            ),
            identity=("patient_id", "bleed_id"),
            parents=("patient_id",),
            happened=("started_on",),
            ordered=(("started_on", "ended_on"),),
            asked=("started_on", "scale", "grade", "site", "itp_related", "ended_on"),
            in_a_line=("started_on", "scale grade", "site"),
        ),
        Table(
            "transfusion",
            noun=("transfusion", "transfusions"),
            columns=(
                _id(
                    "patient_id",
                    "Patient",
                    label="Pseudonym",
                    hint="Leave empty to have one generated.",
                ),
                _id("transfusion_id", "Transfusion id"),
                _date("given_on", "Given", label="Day", hint=DAY, required=True),
                _word("product", "Product", ("red_cells", "platelets"), required=True),
                Column("units", "Units", kind=Kind.NUMBER, label="Units given"),
                _word("reason", "Reason", ("cytopenia", "surgery", "other", "unknown"), label="Why"),
            ),
            identity=("patient_id", "transfusion_id"),
            parents=("patient_id",),
            happened=("given_on",),
            asked=("given_on", "product", "units", "reason"),
            in_a_line=("given_on", "units product", "reason"),
        ),
        Table(
            "rescue",
            noun=("rescue", "rescues"),
            columns=(
                _id(
                    "patient_id",
                    "Patient",
                    label="Pseudonym",
                    hint="Leave empty to have one generated.",
                ),
                _id("rescue_id", "Rescue id"),
                _date("given_on", "Given", label="Day", hint=DAY, required=True),
                _word(
                    "agent", "Agent", RESCUE_AGENTS, label="What was given", required=True, names_agent=True
                ),
                _word("reason", "Reason", ("low_count", "bleed", "procedure", "unknown"), label="Why"),
            ),
            identity=("patient_id", "rescue_id"),
            parents=("patient_id",),
            happened=("given_on",),
            asked=("given_on", "agent", "reason"),
            in_a_line=("given_on", "agent", "reason"),
        ),
        Table(
            "other_cause",
            noun=("other cause", "other causes"),
            columns=(
                _id(
                    "patient_id",
                    "Patient",
                    label="Pseudonym",
                    hint="Leave empty to have one generated.",
                ),
                _date("started_on", "Started", label="First day", hint=DAY, required=True),
                _date("ended_on", "Ended", label="Last day", hint=DAY),
                _word("disease", "Explains low", ("ITP", "AIHA"), required=True),
                Column("cause", "Cause", hint="Infection, bleeding, surgery …", required=True),
            ),
            identity=("patient_id", "started_on", "disease", "cause"),
            parents=("patient_id",),
            happened=("started_on",),
            ordered=(("started_on", "ended_on"),),
            asked=("started_on", "disease", "cause", "ended_on"),
            in_a_line=("started_on", "disease", "cause"),
        ),
        Table(
            "adverse_event",
            noun=("adverse event", "adverse events"),
            columns=(
                _id(
                    "patient_id",
                    "Patient",
                    label="Pseudonym",
                    hint="Leave empty to have one generated.",
                ),
                _id("adverse_event_id", "Adverse event id"),
                _word(
                    "category",
                    "Category",
                    (
                        "cardiovascular",
                        "thrombosis",
                        "infection",
                        "steroid_diabetes",
                        "graft_failure",
                        "solid_tumor",
                        "ptld",
                        "hematologic_malignancy",
                        "skin_cancer",
                        "other",
                    ),
                    required=True,
                ),
                Column(
                    "term", "Term", label="What happened", hint="In the words of the reporter.", required=True
                ),
                _date("onset_on", "Onset", label="First day", hint=DAY, required=True),
                _date("ended_on", "Ended", label="Last day", hint=DAY),
                _word("ctcae_version", "CTCAE version", ("4.03", "5.0", "6.0")),
                Column(
                    "ctcae_grade", "CTCAE grade", kind=Kind.WHOLE, hint="1 mild to 5 fatal.", low=1, high=5
                ),
                _word("serious", "Serious", ("yes", "no", "unknown")),
                Column("seriousness_criteria", "Seriousness criteria", label="What made it serious"),
                Column("outcome", "Outcome"),
                Column("meddra_code", "MedDRA code"),
                Column("note", "Note", kind=Kind.NOTE),
            ),
            identity=("adverse_event_id",),
            parents=("patient_id",),
            happened=("onset_on",),
            ordered=(("onset_on", "ended_on"),),
            asked=(
                "onset_on",
                "category",
                "term",
                "ctcae_grade",
                "ctcae_version",
                "serious",
                "seriousness_criteria",
                "outcome",
                "ended_on",
                "meddra_code",
                "note",
            ),
            in_a_line=("onset_on", "term", "category", "ctcae_grade"),
        ),
        Table(
            "attribution",
            noun=("attribution", "attributions"),
            columns=(
                _id("adverse_event_id", "Adverse event id"),
                _id("course_id", "Course id", label="Course"),
                _word(
                    "relatedness",
                    "Relatedness",
                    ("unrelated", "unlikely", "possible", "probable", "definite"),
                    required=True,
                ),
            ),
            identity=("adverse_event_id", "course_id"),
            parents=("adverse_event_id", "course_id"),
            asked=("course_id", "relatedness"),
            in_a_line=("adverse_event_id", "course_id", "relatedness"),
        ),
        Table(
            "denominator",
            noun=("denominator", "denominators"),
            columns=(
                Column("cohort", "Cohort", required=True),
                Column("setting", "Indication", required=True),
                _date("from_on", "From on", required=True),
                _date("to_on", "To on", required=True),
                Column("n", "N", kind=Kind.WHOLE, required=True, high=1_000_000_000),
            ),
            identity=("cohort", "setting", "from_on", "to_on"),
            ordered=(("from_on", "to_on"),),
        ),
        Table(
            "missing_value",
            noun=("missing value", "missing values"),
            columns=(
                _id(
                    "patient_id",
                    "Patient",
                    label="Pseudonym",
                    hint="Leave empty to have one generated.",
                ),
                _word("table_name", "Table name", MAY_LACK, required=True),
                Column("fact_id", "Fact id", required=True),
                _id("column_name", "Column name"),
                _word("reason", "Reason", MISSING, label="Why", required=True),
            ),
            identity=("patient_id", "table_name", "fact_id", "column_name"),
            parents=("patient_id",),
            optional=True,
        ),
        Table(
            "outcome",
            noun=("surveillance outcome", "surveillance outcomes"),
            columns=(
                _id(
                    "patient_id",
                    "Patient",
                    label="Pseudonym",
                    hint="Leave empty to have one generated.",
                ),
                _id("outcome_id", "Outcome id"),
                _date("done_on", "Done", label="Done on", hint=DAY, required=True),
                _word("outcome", "Outcome", tuple(Outcome), label="What was done", required=True),
                _date(
                    "recheck_on",
                    "Recheck",
                    label="Recheck on",
                    hint="2 apr, thu, tomorrow or +2d",
                    ahead=True,
                ),
                Column(
                    "reason",
                    "Reason",
                    label="Why",
                    hint="Required for declined, moved, died and transferred.",
                ),
                Column("note", "Note", kind=Kind.NOTE),
            ),
            identity=("patient_id", "outcome_id"),
            parents=("patient_id",),
            ordered=(("done_on", "recheck_on"),),
            asked=("done_on", "outcome", "recheck_on", "reason", "note"),
            in_a_line=("done_on", "outcome", "recheck_on", "reason"),
            optional=True,
        ),
        Table(
            "sign",
            noun=("bleeding sign", "bleeding signs"),
            columns=(
                _id(
                    "patient_id",
                    "Patient",
                    label="Pseudonym",
                    hint="Leave empty to have one generated.",
                ),
                _id("sign_id", "Sign id"),
                _date("noticed_on", "Noticed", label="Noticed on", hint=DAY, required=True),
                _date(
                    "ended_on",
                    "Ended",
                    label="Last day",
                    hint="The day on which it was over; empty while it is still there.",
                ),
                _word("sign", "Sign", SIGNS, required=True),
                Column("note", "Note", kind=Kind.NOTE),
            ),
            identity=("patient_id", "sign_id"),
            parents=("patient_id",),
            happened=("noticed_on",),
            ordered=(("noticed_on", "ended_on"),),
            asked=("noticed_on", "sign", "ended_on", "note"),
            in_a_line=("noticed_on", "sign"),
            optional=True,
        ),
        Table(
            "comedication",
            noun=("other drug", "other drugs"),
            columns=(
                _id(
                    "patient_id",
                    "Patient",
                    label="Pseudonym",
                    hint="Leave it empty and the registry makes one.",
                ),
                _id("comedication_id", "Drug id"),
                Column("agent", "Drug", hint="Apixaban, warfarin, aspirin …", required=True),
                _word("kind", "Kind", ("anticoagulant", "antiplatelet", "other"), required=True),
                _date("started_on", "Started", label="First day", hint=DAY),
                _date("ended_on", "Ended", label="Last day", hint="Leave it empty while it is taken."),
            ),
            identity=("patient_id", "comedication_id"),
            parents=("patient_id",),
            happened=("started_on",),
            ordered=(("started_on", "ended_on"),),
            asked=("agent", "kind", "started_on", "ended_on"),
            in_a_line=("started_on", "agent", "kind"),
            optional=True,
        ),
        Table(
            "consent",
            noun=("consent", "consents"),
            columns=(
                _id(
                    "patient_id",
                    "Patient",
                    label="Pseudonym",
                    hint="Leave empty to have one generated.",
                ),
                _id("consent_id", "Consent id"),
                _date("decided_on", "Decided", label="Decided on", hint=DAY, required=True),
                _word(
                    "consent",
                    "Consent",
                    ("given", "refused", "withdrawn"),
                    hint="Refused or withdrawn: in no figure, export or packet. Surveillance goes on.",
                    required=True,
                ),
                Column("note", "Note", kind=Kind.NOTE),
            ),
            identity=("patient_id", "consent_id"),
            parents=("patient_id",),
            asked=("decided_on", "consent", "note"),
            in_a_line=("decided_on", "consent"),
            optional=True,
        ),
        Table(
            "proposal_answer",
            noun=("answer to a proposal", "answers to proposals"),
            columns=(
                _id(
                    "patient_id",
                    "Patient",
                    label="Pseudonym",
                    hint="Leave empty to have one generated.",
                ),
                _id("first_observation_id", "First observation id"),
                _id("confirming_observation_id", "Confirming observation id"),
                _date("answered_on", "Answered", label="Answered on", hint=DAY, required=True),
                _word("answer", "Answer", ("accepted", "rejected"), required=True),
                Column("opened_episode_id", "Opened episode id", kind=Kind.ID, label="Episode opened"),
                Column("reason", "Reason", label="Why"),
            ),
            identity=("patient_id", "first_observation_id", "confirming_observation_id"),
            parents=("patient_id",),
            asked=("answered_on", "answer", "opened_episode_id", "reason"),
            in_a_line=("answered_on", "answer", "opened_episode_id", "reason"),
            optional=True,
        ),
    )
}
"""The tables of a bundle by name, parents before children."""

DERIVED = ("call", "evidence", "remission", "worklist", "read", "decision")
"""Files of an export that adjudication and review write; an import leaves them aside."""
