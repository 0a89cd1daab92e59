"""Receives updates, by polling or by webhook. Both hand them to one `Dispatcher`."""
