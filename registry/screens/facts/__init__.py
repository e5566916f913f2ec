"""What the page Facts shows of the fact that was chosen."""
