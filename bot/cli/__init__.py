"""The command line: commands, what they do, and the doctor."""
