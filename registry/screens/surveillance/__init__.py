"""The parts of the pages of surveillance: the worklist, one watched patient, proposed episodes, the protocol."""
