"""Printed pages: a patient's page, the leaflet, the referral letter, the calendar file."""

from registry.report.content import CourseLine, Sheet, View, picture, sheet
from registry.report.printing import KINDS, printed

__all__ = ["KINDS", "CourseLine", "Sheet", "View", "picture", "printed", "sheet"]
