"""The words of the judge, each with its definition and source. One word, one thing.

Codes are small integers so that a million courses fit in arrays; `name.lower()` is the word that files carry.
"""

from enum import IntEnum, IntFlag

import numpy as np

NO_DAY = 2**31 - 1
"""A day that is not known, not reached, or without limit. Days are counted from 1970-01-01."""
MISSING = -(2**62)
"""A value that is not there. Values are exact integers: the canonical unit times one million."""
MICRO = 1_000_000
"""Micro units in one canonical unit (DEF-UNIT-01: compare unrounded)."""
ROW = np.dtype(np.int64)


class Word(IntEnum):
    """An integer code that knows its definition."""

    definition: str

    def __new__(cls, code: int, definition: str) -> "Word":
        word = int.__new__(cls, code)
        word._value_ = code
        word.definition = definition
        return word

    @property
    def word(self) -> str:
        return self.name.lower()


class Disease(Word):
    ITP = 0, "immune thrombocytopenia (Rodeghiero 2009, Table 1)"
    AIHA = 1, "autoimmune hemolytic anemia"

    @property
    def word(self) -> str:
        return self.name


class Kind(Word):
    """What an observation measured."""

    PLATELETS = 0, "platelet count, 10*9/L"
    HEMOGLOBIN = 1, "hemoglobin, g/L"
    LDH = 2, "lactate dehydrogenase, U/L"
    HAPTOGLOBIN = 3, "haptoglobin, g/L"
    BILIRUBIN = 4, "bilirubin, umol/L"
    RETICULOCYTES = 5, "reticulocytes, 10*9/L"


class MarkerState(Word):
    """A hemolysis marker against the limits of the laboratory that measured it (DEF-AIHA-02)."""

    NORMAL = 0, "within the laboratory's own limit"
    ABNORMAL = 1, "beyond the limit and not explained"
    EXPLAINED = 2, "beyond the limit, explained by a clinician"


class Hemolysis(Word):
    ABSENT = 0, "at least two markers, one of them haptoglobin or LDH, and all normal (DEF-AIHA-02)"
    UNKNOWN = 1, "too few markers near the day"
    PRESENT = 2, "some unexplained marker abnormal"


class Intent(Word):
    INDUCTION = 0, "meant to bring a response"
    MAINTENANCE = 1, "started while in response; outside response rates (DEF-LINE-02)"
    OBSERVATION = 2, "watch and wait; the only home of a spontaneous response (DEF-LINE-03)"


class StartReason(Word):
    NOT_RECORDED = 0, "not recorded"
    FIRST_LINE = 1, "first course of the episode"
    INEFFICACY = 2, "the course before did not work"
    TOXICITY = 3, "the course before was not tolerated"
    RELAPSE = 4, "the response was lost"
    STEROID_SPARING = 5, "to come off corticosteroids"
    INTENSIFICATION = 6, "more was wanted"
    RETREATMENT = 7, "the same agent again"
    OTHER = 8, "another reason"


class StopReason(Word):
    NOT_RECORDED = 0, "not recorded"
    COMPLETED = 1, "given as planned"
    RESPONSE = 2, "in response"
    INEFFICACY = 3, "it did not work"
    TOXICITY = 4, "it was not tolerated"
    PATIENT_CHOICE = 5, "the patient's choice"
    DEATH = 6, "death"
    OTHER = 7, "another reason"


class Specimen(Word):
    """The tube of a platelet count. A tube that is not recorded is read as EDTA (DEF-ITP-26)."""

    EDTA = 0, "EDTA, or not recorded"
    CITRATE = 1, "citrate, corrected for its dilution"
    HEPARIN = 2, "heparin"


class Scale(Word):
    """The scale on which a bleed was graded."""

    WHO = 0, "World Health Organization"
    ITP_BAT = 1, "ITP bleeding assessment tool"
    CTCAE = 2, "Common Terminology Criteria for Adverse Events"

    @property
    def word(self) -> str:
        return self.name


class Happening(Word):
    """What happened to the patient between counts."""

    BLEED = 0, "a bleed with its grade; a grade 0 row says that bleeding was looked for"
    RED_CELLS = 1, "red cell transfusion"
    PLATELET_TRANSFUSION = 2, "platelet transfusion"
    RESCUE_DRUG = 3, "on-demand drug"
    RESCUE_PLATELETS = 4, "platelets given as rescue"
    OTHER_CAUSE_ITP = 5, "another recorded cause of a low platelet count"
    OTHER_CAUSE_AIHA = 6, "another recorded cause of a low hemoglobin"
    OTHER_RESCUE_DRUG = 7, "on-demand drug that is no bridge (DEF-ITP-23)"
    BRIDGE = 8, "immunoglobulin, anti-D, a corticosteroid pulse or vinca of a course (DEF-ITP-23)"


class HappeningReason(Word):
    UNKNOWN = 0, "not recorded or unknown"
    CYTOPENIA = 1, "for the cytopenia"
    SURGERY = 2, "for surgery"
    OTHER = 3, "for another reason"
    LOW_COUNT = 4, "rescue for a low count"
    BLEED = 5, "rescue for a bleed"
    PROCEDURE = 6, "cover for a procedure"
    NOT_RELATED = 7, "a bleed that is not of ITP"


class Level(Word):
    NE = 0, "not evaluable"
    NR = 1, "no response"
    R = 2, "response (ITP)"
    PR = 3, "partial response (AIHA)"
    CR = 4, "complete response"

    @property
    def word(self) -> str:
        return self.name


class Reason(Word):
    """Why a call is what it is when the level alone does not say it."""

    NONE = 0, ""
    STARTED_IN_RESPONSE = 1, "started while in response, so followed and not judged for response"
    NO_COUNTS = 2, "no evaluable count in the course's window"
    RESCUE_CONFOUNDED = 3, "every count that could show a response lies in a wash-out"
    TRANSFUSION_CONFOUNDED = 4, "every count that could show a response lies within days of a transfusion"
    BASELINE_MISSING = 5, "no baseline, or one known only as a limit, so a doubling or a rise is not known"
    HEMOLYSIS_UNKNOWN = 6, "too few hemolysis markers to tell"
    UNCONFIRMED = 7, "neither a response nor its absence was confirmed by a second count"
    LATE_RESPONSE = 8, "the response began after the attribution limit of the agents"
    FAILING_CONFIRMED = 9, "two consecutive failing assessments, the second when the agents can have worked"
    NEXT_COURSE_FOR_INEFFICACY = (
        10,
        "the next course began for inefficacy or relapse and the last count was failing",
    )
    CORTICOSTEROID_DEPENDENT = 11, "held only by continued corticosteroids"
    STOPPED_FOR_INEFFICACY = 12, "the course was stopped for inefficacy"
    DIED_FAILING = 13, "died of a bleed while the last count was failing"
    TOO_EARLY = 14, "every assessment lies before the day on which the agents can have worked"
    ONSET_NOT_OBSERVED = 15, "the response was seen after the attribution limit, and nobody saw when it began"
    OTHER_CAUSE = 16, "another recorded cause explains every failing assessment"
    OBSERVATION_AFTER_TREATMENT = 17, "watch and wait after an active course: a note, never judged"


LEVELS, REASONS, KINDS, STATES = list(Level), list(Reason), list(Kind), list(MarkerState)
"""Levels, reasons, kinds of observations and states of markers by their codes."""


class DurationStatus(Word):
    NONE = 0, "no response, so no duration"
    EVENT = 1, "the response was lost"
    CENSORED = 2, "still in response at the last count (DEF-ITP-11)"
    DEATH = 3, "died in response, a competing event (DEF-ITP-11)"


class CensoredBy(Word):
    NONE = 0, ""
    LAST_COUNT = 1, "the last count"
    NEXT_COURSE = 2, "the next course"
    OTHER_LINEAGE_COURSE = 3, "a course for the other lineage that acts on this one (DEF-EV-02)"
    RESCUE = 4, "a rescue for an unknown reason (DEF-ITP-08)"
    DEATH = 5, "death"


class Flag(IntFlag):
    ATTRIBUTION_DEFAULT = 1 << 0
    BASELINE_MISSING = 1 << 1
    BLEEDING_NOT_RECORDED = 1 << 2
    CONTINUED_UNDER_MAINTENANCE = 1 << 3
    CORTICOSTEROID_DEPENDENT = 1 << 4
    CR_UNASSESSABLE = 1 << 5
    EDTA_DISCORDANT = 1 << 6
    LATE_RESPONSE = 1 << 7
    LONG_GAP = 1 << 8
    PROLONGED_CORTICOSTEROID = 1 << 9
    RESCUE_CONFOUNDED = 1 << 10
    SHARED_START = 1 << 11
    SPONTANEOUS = 1 << 12
    STEROID_DOSE_UNKNOWN = 1 << 13
    THROMBOCYTOSIS = 1 << 14
    TRANSFUSION_CONFOUNDED = 1 << 15
    UNCONFIRMED = 1 << 16
    UNCONFIRMED_LOSS = 1 << 17


class Reading(IntFlag):
    """The declared readings that a call may rest on; the criteria file has what each asks and why."""

    DEF_AIHA_01 = 1 << 0
    DEF_AIHA_02 = 1 << 1
    DEF_AIHA_03 = 1 << 2
    DEF_AIHA_04 = 1 << 3
    DEF_AIHA_05 = 1 << 4
    DEF_AIHA_06 = 1 << 5
    DEF_AIHA_07 = 1 << 6
    DEF_AIHA_08 = 1 << 7
    DEF_AIHA_09 = 1 << 8
    DEF_AIHA_10 = 1 << 9
    DEF_EV_02 = 1 << 10
    DEF_ITP_01 = 1 << 11
    DEF_ITP_02 = 1 << 12
    DEF_ITP_04 = 1 << 13
    DEF_ITP_05 = 1 << 14
    DEF_ITP_06 = 1 << 15
    DEF_ITP_07 = 1 << 16
    DEF_ITP_08 = 1 << 17
    DEF_ITP_09 = 1 << 18
    DEF_ITP_11 = 1 << 19
    DEF_ITP_12 = 1 << 20
    DEF_ITP_15 = 1 << 21
    DEF_ITP_16 = 1 << 22
    DEF_ITP_17 = 1 << 23
    DEF_ITP_21 = 1 << 24
    DEF_ITP_22 = 1 << 25
    DEF_ITP_23 = 1 << 26
    DEF_ITP_24 = 1 << 27
    DEF_ITP_25 = 1 << 28
    DEF_ITP_26 = 1 << 29
    DEF_ITP_27 = 1 << 30
    DEF_ITP_28 = 1 << 31
    DEF_ITP_29 = 1 << 32
    DEF_LINE_02 = 1 << 33
    DEF_LINE_03 = 1 << 34
    DEF_LINE_07 = 1 << 35
    DEF_LINE_08 = 1 << 36
    DEF_UNIT_03 = 1 << 37


class Step(Word):
    """The part an evidence row plays in a call."""

    BASELINE = 0, "where the course started from"
    ONSET = 1, "first count of the confirmed response"
    CONFIRMING = 2, "the count that confirmed it"
    LATE_ONSET = 3, "first count of a response that began too late to be attributed"
    LATE_CONFIRMING = 4, "the count that confirmed the late response"
    CR_ONSET = 5, "first count of the confirmed complete response"
    CR_CONFIRMING = 6, "the count that confirmed the complete response"
    HEMOLYSIS = 7, "a marker that shows or refutes hemolysis"
    REFUTES_BETTER = 8, "the count that stands against the next better level"
    FAILING = 9, "first failing assessment"
    FAILING_CONFIRMING = 10, "the assessment that confirmed the failure"
    PEAK = 11, "the highest value of the response, from which it fell"
    LOST = 12, "first assessment of the lost response"
    LOST_CONFIRMING = 13, "the assessment that confirmed the loss"
    CR_LOST = 14, "first assessment below complete response"
    CR_LOST_CONFIRMING = 15, "the assessment that confirmed the loss of complete response"
    CENSORING = 16, "the last count still in response"
    HELD = 17, "the last count that held the response that was there at the start"
    DOSE = 18, "the corticosteroid dose that decided"
    NEXT_COURSE = 19, "the course that ended the follow-up"
    OTHER_LINEAGE_COURSE = 20, "the course for the other lineage that ended the follow-up"
    OTHER_CAUSE = 21, "the other cause that is recorded"
    DEATH = 22, "the death"
    STOPPED = 23, "the day on which the course was stopped"


class Predicate(Word):
    BASELINE = 0, "the count before the course"
    AT_LEAST = 1, "at least the threshold"
    ABOVE = 2, "above the threshold"
    FOLD_OF_BASELINE = 3, "at least the stated multiple of the baseline"
    RISE_ABOVE = 4, "above the baseline by more than the stated rise"
    FALL_FROM_PEAK = 5, "below the threshold after the stated fall from the peak"
    NO_BLEEDING = 6, "no bleeding"
    TRANSFUSION_FREE = 7, "no transfusion"
    NO_HEMOLYSIS = 8, "no sign of hemolysis"
    RESCUE = 9, "no rescue"
    RECORDED = 10, "recorded"


class Source(Word):
    """Where the row stands that an evidence row cites."""

    OBSERVATION = 0, "observation"
    BLEED = 1, "bleed"
    TRANSFUSION = 2, "transfusion"
    RESCUE = 3, "rescue"
    COURSE_AGENT = 4, "course_agent"
    COURSE = 5, "course"
    OTHER_CAUSE = 6, "other_cause"
    PATIENT = 7, "patient"


def reading_id(reading: Reading) -> str:
    """`Reading.DEF_ITP_01` as it is written in the criteria files: `DEF-ITP-01`."""
    return str(reading.name).replace("_", "-")


def flag_words(mask: int) -> str:
    """The flags of a bit mask as files carry them: alphabetical, joined by `;`."""
    return ";".join(str(flag.name).lower() for flag in Flag if mask & flag)


def reading_words(mask: int) -> str:
    """The readings of a bit mask as files carry them, joined by `;`."""
    return ";".join(reading_id(reading) for reading in Reading if mask & reading)
