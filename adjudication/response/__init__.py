"""Response: one course is walked through its counts, and becomes a call with its evidence."""
