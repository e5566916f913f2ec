"""One thin file a page: what it asks the services for, and in which order it shows the answers."""
