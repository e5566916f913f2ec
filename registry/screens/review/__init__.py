"""Parts of the pages of human review: what a reader sees of a case, the judgement being filled in, its signature."""
