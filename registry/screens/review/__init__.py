"""Parts of the pages of human review: what a reader sees of a case, the judgment being filled in, its signature."""
