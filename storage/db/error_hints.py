"""Hints for operators: what to do about an error that a database reports."""

import re

RESTORE_HINT = (
    "stop the bot, keep a copy of the file, delete the -wal and -shm files next to it, and restore the newest backup"
)
OWNERSHIP_HINT = "check the owner and the permissions of the file and its folder, and the disk"
DEFAULT_HINT = "check that the database is running, and read its log"
# Patterns for the SQLSTATE and the message: libpq gives no SQLSTATE where it can't connect. The first match counts.
HINTS_BY_PATTERN = {
    # SQLite
    "malformed|not a database": RESTORE_HINT,
    "database is locked": "wait for the other program that uses it, or stop that program",
    "disk is full|disk I/O error": "free space on its disk, or check the disk",
    "unable to open|readonly database": OWNERSHIP_HINT,
    # PostgreSQL refuses the connection
    "28P01|password authentication failed": "check the user and the password in DATABASE_URL, where % is written %25",
    "no password supplied": "add the password to DATABASE_URL: postgresql://user:password@host/name",
    '3D000|database ".*" does not exist': "create the database with createdb, or correct its name in DATABASE_URL",
    'role ".*" does not exist': "create the user with createuser, or correct its name in DATABASE_URL",
    "Peer authentication failed": "run as the system user of that name, or add a host and a password to DATABASE_URL",
    "no pg_hba.conf entry .* (no encryption|SSL off)": "add ?sslmode=require to DATABASE_URL: the server may need TLS",
    "28000|no pg_hba.conf entry": "allow this user and this host in the server's pg_hba.conf",
    "53300|too many (clients|connections)|connection slots": "raise the server's max_connections, or run fewer workers",
    "57P03|starting up|shutting down|not yet accepting": "wait until the server is ready",
    # The server can't be reached
    "does not support SSL": "enable TLS on the server, or remove sslmode from DATABASE_URL",
    "certificate": "add the certificate of the server's authority to DATABASE_URL: ?sslrootcert=FILE",
    "resolve host|translate host name": "check the host in DATABASE_URL, and the name server",
    "timeout expired|timed out": "check the host and the port in DATABASE_URL, and the firewall",
    "Connection refused": "check that PostgreSQL is running, and the host and the port in DATABASE_URL",
    "on socket .*No such file": "check that PostgreSQL is running, and the folder of its socket in DATABASE_URL",
    "invalid connection option": "check the options after the ? in DATABASE_URL",
    # The server can't write
    "25006": "connect to the primary; with several hosts, add ?target_session_attrs=read-write to DATABASE_URL",
    "53100|No space left": "free space on the server's disk",
}


def describe_with_hint(error: Exception) -> str:
    """Returns what the database reported, in brackets, and what to do about it: `(database is locked): wait for…`."""
    original = getattr(error, "orig", error)
    searchable_text = f"{getattr(original, 'sqlstate', None)} {original}"
    hint = next(
        (hint for pattern, hint in HINTS_BY_PATTERN.items() if re.search(pattern, searchable_text)), DEFAULT_HINT
    )
    return f"({get_first_line(error)}): {hint}."


def get_first_line(error: Exception) -> str:
    """Returns the first line of what the database reported, without a full stop."""
    text = str(getattr(error, "orig", error))
    return (text.strip().splitlines() or ["no message"])[0].strip().rstrip(".")
