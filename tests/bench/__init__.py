"""Measurements, beside what a reader would otherwise use: `python -m tests.bench` prints them."""
