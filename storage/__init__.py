"""What is remembered: runs, what is still to be said, sent responses."""
