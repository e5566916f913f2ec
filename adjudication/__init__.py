"""Judging: published criteria as data, and the engine that walks one course through its counts.

Needs no database, no clock and no user: the standard library, numpy and numba are all it imports.
"""
