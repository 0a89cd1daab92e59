"""What the bot does on a schedule, besides processing updates."""
