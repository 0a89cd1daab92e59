"""What is asked and what follows. Pure: it reads its own files; no clock, no ids, no asyncio, no logging."""
