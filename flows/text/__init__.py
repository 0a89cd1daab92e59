"""Typed text: which choice it means, and what in it could identify someone."""
