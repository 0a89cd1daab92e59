"""Whole runs on the preview's page, in a real browser."""
