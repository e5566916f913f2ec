"""What an import does with a row: its words, and their numbers in arrays."""

VERDICTS = ("insert", "identical", "new version", "refused")
INSERT, IDENTICAL, NEW_VERSION, REFUSED = range(4)
