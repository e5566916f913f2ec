"""One patient through time: the record as read, the days it is counted from, and what the calls say of each stretch."""

from registry.patients.cited import Cited, cited, conclusion, numbered_sentences
from registry.patients.dates import SinceExposure, apart, since_exposure
from registry.patients.final_response import (
    beside,
    dated,
    differs,
    lasted,
    provenance,
    provenance_words,
    reached,
    written,
)
from registry.patients.levels import Threshold, criteria_offered, criteria_words, thresholds_of
from registry.patients.neighbours import neighbours
from registry.patients.packet import of_packet, packet_rows
from registry.patients.patient_record import COLUMNS, UNITS, Rows, Timeline, timeline
from registry.patients.ribbon import RESPONSES, Ribbon, Span, Turn, ended, lane_of, ribbon
from registry.patients.rows import as_rows, happenings
from registry.patients.time_axis import DayZero, Stretch, Zero, day_zeros, extent, zero_of

__all__ = [
    "COLUMNS",
    "RESPONSES",
    "UNITS",
    "Cited",
    "DayZero",
    "Ribbon",
    "Rows",
    "SinceExposure",
    "Span",
    "Stretch",
    "Threshold",
    "Timeline",
    "Turn",
    "Zero",
    "apart",
    "as_rows",
    "beside",
    "cited",
    "conclusion",
    "criteria_offered",
    "criteria_words",
    "dated",
    "day_zeros",
    "differs",
    "ended",
    "extent",
    "happenings",
    "lane_of",
    "lasted",
    "neighbours",
    "numbered_sentences",
    "of_packet",
    "packet_rows",
    "provenance",
    "provenance_words",
    "reached",
    "ribbon",
    "since_exposure",
    "thresholds_of",
    "timeline",
    "written",
    "zero_of",
]
