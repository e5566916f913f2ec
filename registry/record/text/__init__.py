"""Days, values and words as a person types them: read, and echoed as they were understood."""
