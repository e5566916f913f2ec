"""One printed page of a patient: what stands on it, as a web page to print and as a PDF."""

from registry.report.content import CourseLine, Sheet, View, picture, sheet
from registry.report.printing import KINDS, printed

__all__ = ["KINDS", "CourseLine", "Sheet", "View", "picture", "printed", "sheet"]
