"""What is typed and not saved yet: forms, their fields and drafts, and what a save did."""
