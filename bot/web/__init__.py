"""The bot's HTTP server."""
