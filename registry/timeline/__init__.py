"""One patient through time: the record as read, the days it is counted from, and what the calls say of each stretch."""

from registry.timeline.cited import Cited, cited, conclusion, numbered_sentences
from registry.timeline.finals import (
    beside,
    dated,
    differs,
    lasted,
    provenance,
    provenance_words,
    reached,
    written,
)
from registry.timeline.levels import Threshold, criteria_offered, criteria_words, thresholds_of
from registry.timeline.neighbours import neighbours
from registry.timeline.packet import of_packet, packet_rows
from registry.timeline.reading import COLUMNS, UNITS, Rows, Timeline, timeline
from registry.timeline.ribbon import RESPONSES, Ribbon, Span, Turn, ended, lane_of, ribbon
from registry.timeline.rows import as_rows, happenings
from registry.timeline.since import SinceExposure, apart, since_exposure
from registry.timeline.zero import DayZero, Stretch, Zero, day_zeros, extent, zero_of

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
