"""What is asked and what follows. Pure: no I/O beyond reading its own files, no clock, no ids, no asyncio, no logging."""
