"""Whole walks on the preview's page, in a real browser."""
