"""The bot: Telegram in and out, images, the emulator, settings, the command line."""
