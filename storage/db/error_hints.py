"""What to do about what a database says. One fix each."""

import re

RESTORE_HINT = (
    "stop the bot, keep a copy of the file, remove the -wal and -shm beside it, and put the newest backup in its place"
)
OWNERSHIP_HINT = "see whose file and folder it is, and its disk"
DEFAULT_HINT = "see that the database is there, and what stands in its log"
# SQLSTATE, or words: libpq gives no number where it can't connect. The first that fits counts.
HINTS_BY_PATTERN = {
    # SQLite
    "malformed|not a database": RESTORE_HINT,
    "database is locked": "another program holds it: wait for it, or end it",
    "disk is full|disk I/O error": "make room on its disk, or see what is wrong with it",
    "unable to open|readonly database": OWNERSHIP_HINT,
    # PostgreSQL lets nobody in
    "28P01|password authentication failed": "see the user and the password in it; a % there is written %25",
    "no password supplied": "write the password into it: postgresql://user:password@host/name",
    '3D000|database ".*" does not exist': "make the database with createdb, or name another one",
    'role ".*" does not exist': "make the user with createuser, or name another one",
    "Peer authentication failed": "run it as the system's user of the same name, or name a host and a password",
    "no pg_hba.conf entry .* (no encryption|SSL off)": "add ?sslmode=require: this server may want encryption",
    "28000|no pg_hba.conf entry": "let the server admit this user from here: see its pg_hba.conf",
    "53300|too many (clients|connections)|connection slots": "raise max_connections there, or run fewer workers",
    "57P03|starting up|shutting down|not yet accepting": "wait until the server is up",
    # The way there
    "does not support SSL": "turn encryption on there, or take sslmode out",
    "certificate": "give the certificate of the server's authority: ?sslrootcert=FILE",
    "resolve host|translate host name": "see the host's name, and the name server",
    "timeout expired|timed out": "nothing answers there: see host, port and firewall",
    "Connection refused": "nothing listens there: see that PostgreSQL runs, and host and port",
    "on socket .*No such file": "nothing listens there: see that PostgreSQL runs, and the folder of its socket",
    "invalid connection option": "see what stands behind the ? in it",
    # In the middle of it
    "25006": "name the primary, with several hosts by ?target_session_attrs=read-write",
    "53100|No space left": "make room on the server's disk",
}


def describe_with_hint(error: Exception) -> str:
    """What the database said, in brackets, and what to do about it."""
    original = getattr(error, "orig", error)
    searchable_text = f"{getattr(original, 'sqlstate', None)} {original}"
    hint = next((fix for pattern, fix in HINTS_BY_PATTERN.items() if re.search(pattern, searchable_text)), DEFAULT_HINT)
    return f"({get_first_line(error)}): {hint}."


def get_first_line(error: Exception) -> str:
    """What the database said, on one line and without a full stop."""
    text = str(getattr(error, "orig", error))
    return (text.strip().splitlines() or ["it says nothing"])[0].strip().rstrip(".")
