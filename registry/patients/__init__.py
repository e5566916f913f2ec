"""One patient through time: the record as read, the days it is counted from, and what the calls say of each stretch."""
