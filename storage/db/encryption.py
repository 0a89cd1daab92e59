"""Typed words of unfinished runs, and whatever the outbox carries, are encrypted under a key outside the database."""

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.errors import StorageUnusable

NONCE = 12  # bytes, random: good for 2^32 texts a key (NIST SP 800-38D, 8.3)
SAYING = b"\x01"  # what stands before a saying: tokens of Fernet, which earlier versions left, begin otherwise
LEAST = 32  # characters of a SECRET_KEY: 256 bits as made below are 43
OTHER_KEY = "The database was written with another key: put back its SECRET_KEY, or the .key file that stood beside it."


class Cipher:
    """Locks and unlocks text with one secret; a changed byte is noticed.

    `lock` uses Fernet (AES-128-CBC, HMAC-SHA256), which shows the time. `seal` uses AES-256-GCM, and shows none;
    so does `lock_saying`, at a tenth of the cost: every turn leaves something to be said.
    """

    def __init__(self, secret: str) -> None:
        if len(secret.strip()) < LEAST:
            raise StorageUnusable(f"SECRET_KEY is under {LEAST} characters: make one with `openssl rand -hex 32`.")
        self._fernet = Fernet(base64.urlsafe_b64encode(_derived(secret, "text")))
        self._sealing = AESGCM(_derived(secret, "sealed"))
        self._sayings = AESGCM(_derived(secret, "saying"))
        self._mark = _derived(secret, "receipt")
        self._participation = _derived(secret, "participation")
        self.webhook = _derived(secret, "webhook").hex()  # Telegram shows it with each update; all workers know it
        self.own_mark = _derived(secret, "key")  # tells keys apart, and gives none away

    def lock(self, text: str) -> bytes:
        return self._fernet.encrypt(text.encode())

    def unlock(self, locked: bytes) -> str:
        """Raises `StorageUnusable` where the text was locked with another key."""
        try:
            return self._fernet.decrypt(locked).decode()
        except InvalidToken as fault:
            raise StorageUnusable(OTHER_KEY) from fault

    def lock_saying(self, content: bytes) -> bytes:
        return SAYING + _encrypted(self._sayings, content)

    def unlock_saying(self, locked: bytes) -> bytes:
        """Raises `StorageUnusable` where it was locked with another key. Those of earlier versions can be read too."""
        if locked.startswith(SAYING):
            return _decrypted(self._sayings, locked.removeprefix(SAYING))
        return self.unlock(locked).encode()

    def seal(self, text: str) -> bytes:
        return _encrypted(self._sealing, text.encode())

    def unseal(self, sealed: bytes) -> str:
        """Raises `StorageUnusable` where the text was sealed with another key."""
        return _decrypted(self._sealing, sealed).decode()

    def mark(self, receipt: str) -> bytes:
        """A keyed hash (HMAC-SHA256, 32 bytes): who holds the database alone can't try receipts against it."""
        return hmac.digest(self._mark, receipt.encode(), "sha256")

    def participation(self, campaign_key: bytes, chat: int) -> bytes:
        """A keyed hash (32 bytes) that says: this chat took part. It wants the secret and the campaign's own key."""
        return hmac.digest(self._participation + campaign_key, str(chat).encode(), "sha256")


def secret_beside(database: Path) -> str:
    """The secret beside an SQLite file; made once, readable by its owner only."""
    file = database.with_suffix(".key")
    if not file.exists():
        if database.exists():
            raise StorageUnusable(f"{file} is missing, but {database} is there: put the key back, or set SECRET_KEY.")
        _make(file, secrets.token_urlsafe(32))
    try:
        secret = file.read_text("ascii", "replace").strip()
    except OSError as fault:
        raise StorageUnusable(f"{file} can't be read: {fault.strerror}. It holds the key of {database}.") from fault
    if len(secret) < LEAST:
        raise StorageUnusable(f"{file} holds no whole key: put back the one that stood there, or set SECRET_KEY.")
    return secret


def _make(file: Path, secret: str) -> None:
    """Whole or not at all: killed in between, the next start makes another."""
    new = file.with_suffix(".key.new")
    new.unlink(missing_ok=True)
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as out:
        out.write(secret + "\n")
        out.flush()
        os.fsync(out.fileno())
    new.rename(file)


def _encrypted(key: AESGCM, content: bytes) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + key.encrypt(nonce, content, None)


def _decrypted(key: AESGCM, content: bytes) -> bytes:
    try:
        return key.decrypt(content[:NONCE], content[NONCE:], None)
    except (InvalidTag, ValueError) as fault:
        raise StorageUnusable(OTHER_KEY) from fault


def _derived(secret: str, purpose: str) -> bytes:
    return hashlib.blake2b(secret.encode(), digest_size=32, person=purpose.encode()).digest()
