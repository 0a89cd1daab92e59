"""What the bot does with an update: one transaction each."""
