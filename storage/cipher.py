"""Typed words of unfinished runs, and whatever the outbox carries, are encrypted under a key outside the database."""

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from storage.faults import StorageUnusable

LEAST = 32  # characters of a SECRET_KEY: 256 bits as made below are 43


class Cipher:
    """Locks and unlocks text with one secret. Fernet (AES-128-CBC, HMAC-SHA256): a changed byte is noticed."""

    def __init__(self, secret: str) -> None:
        if len(secret) < LEAST:
            raise StorageUnusable(f"SECRET_KEY is under {LEAST} characters: make one with `openssl rand -hex 32`.")
        self._fernet = Fernet(base64.urlsafe_b64encode(_derived(secret, "text")))
        self._mark = _derived(secret, "receipt")

    def lock(self, text: str) -> bytes:
        return self._fernet.encrypt(text.encode())

    def unlock(self, locked: bytes) -> str:
        """Raises `StorageUnusable` where the text was locked with another key."""
        try:
            return self._fernet.decrypt(locked).decode()
        except InvalidToken as fault:
            raise StorageUnusable(
                "The database was written with another SECRET_KEY: put back the key that stood beside it."
            ) from fault

    def mark(self, receipt: str) -> bytes:
        """A keyed hash (HMAC-SHA256, 32 bytes): who holds the database alone can't try receipts against it."""
        return hmac.digest(self._mark, receipt.encode(), "sha256")


def secret_beside(database: Path) -> str:
    """The secret beside an SQLite file; made once, readable by its owner only."""
    file = database.with_suffix(".key")
    try:
        return file.read_text("ascii").strip()
    except FileNotFoundError:
        pass
    if database.exists():
        raise StorageUnusable(f"{file} is missing, but {database} is there: put the key back, or set SECRET_KEY.")
    secret = secrets.token_urlsafe(32)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as out:
        out.write(secret + "\n")
        out.flush()
        os.fsync(out.fileno())
    return secret


def _derived(secret: str, purpose: str) -> bytes:
    return hashlib.blake2b(secret.encode(), digest_size=32, person=purpose.encode()).digest()
