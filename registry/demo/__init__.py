"""Synthetic registries: the reference cohort of 41 patients, or as many patients of the same kind as wanted.

Patients watched after alemtuzumab for multiple sclerosis are added to either, because surveillance is no rule for the
transplant patients of the cohort.

What is made goes through the same intake as everything else. A registry that holds synthetic patients says so
(`synthetic` = yes), and nothing synthetic can be mixed with the records of real patients.
"""

from registry.demo.cases import open_cases
from registry.demo.load import DEFAULT_SEED, load, load_watched, tables

__all__ = ["DEFAULT_SEED", "load", "load_watched", "open_cases", "tables"]
