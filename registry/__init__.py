"""The registry keeps: it takes facts in, stores them with their history, and gives them out again."""
