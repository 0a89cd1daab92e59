"""What is said: Telegram in and out, pictures, the preview, settings, the command line."""
