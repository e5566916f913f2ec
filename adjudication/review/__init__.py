"""Review: the states of a case, who may do what in each, and how votes become a decision."""
