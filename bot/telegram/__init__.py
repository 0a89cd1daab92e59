"""Telegram's Bot API: the HTTP client, calls with retries, and incoming updates as values."""
