"""Surveillance: what the counts of one patient demand, by when, and when the next count is due."""
