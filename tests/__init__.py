"""The tests; they mirror the three rooms."""
