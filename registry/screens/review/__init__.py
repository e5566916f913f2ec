"""The parts of the pages of human review."""
