"""The whole walk on the preview's page, in a real browser."""
