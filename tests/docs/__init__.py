"""Documents are kept true."""
