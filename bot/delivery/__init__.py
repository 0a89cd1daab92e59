"""Outbox entries to Telegram: the sender, the message, and the workers for pictures, results and exports."""
