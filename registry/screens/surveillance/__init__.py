"""The parts of the pages of surveillance."""
