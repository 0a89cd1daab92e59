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

from storage.errors import StorageUnreadableError

NONCE_BYTES = 12  # bytes, random: good for 2^32 texts a key (NIST SP 800-38D, 8.3)
ENTRY_PREFIX = b"\x01"  # what stands before a saying: tokens of Fernet, which earlier versions left, begin otherwise
MIN_SECRET_LENGTH = 32  # characters of a SECRET_KEY: 256 bits as made below are 43
WRONG_KEY_MESSAGE = (
    "The database was written with another key: put back its SECRET_KEY, or the .key file that stood beside it."
)


class Cipher:
    """Locks and unlocks text with one secret; a changed byte is noticed.

    `lock` uses Fernet (AES-128-CBC, HMAC-SHA256), which shows the time. `seal` uses AES-256-GCM, and shows none;
    so does `lock_saying`, at a tenth of the cost: every turn leaves something to be said.
    """

    def __init__(self, secret: str) -> None:
        if len(secret.strip()) < MIN_SECRET_LENGTH:
            raise StorageUnreadableError(
                f"SECRET_KEY is under {MIN_SECRET_LENGTH} characters: make one with `openssl rand -hex 32`."
            )
        self._fernet = Fernet(base64.urlsafe_b64encode(_derive_key(secret, "text")))
        self._response_aead = AESGCM(_derive_key(secret, "sealed"))
        self._entry_aead = AESGCM(_derive_key(secret, "saying"))
        self._token_key = _derive_key(secret, "receipt")
        self._participation_key = _derive_key(secret, "participation")
        self._drawing_key = _derive_key(secret, "drawing")
        self.webhook_secret = _derive_key(
            secret, "webhook"
        ).hex()  # Telegram shows it with each update; all workers know it
        self.key_fingerprint = _derive_key(secret, "key")  # tells keys apart, and gives none away

    def encrypt(self, text: str) -> bytes:
        return self._fernet.encrypt(text.encode())

    def decrypt(self, encrypted: bytes) -> str:
        """Raises `StorageUnusable` where the text was locked with another key."""
        try:
            return self._fernet.decrypt(encrypted).decode()
        except InvalidToken as error:
            raise StorageUnreadableError(WRONG_KEY_MESSAGE) from error

    def encrypt_entry(self, content: bytes) -> bytes:
        return ENTRY_PREFIX + _encrypt(self._entry_aead, content)

    def decrypt_entry(self, encrypted: bytes) -> bytes:
        """Raises `StorageUnusable` where it was locked with another key. Those of earlier versions can be read too."""
        if encrypted.startswith(ENTRY_PREFIX):
            return _decrypt(self._entry_aead, encrypted.removeprefix(ENTRY_PREFIX))
        return self.decrypt(encrypted).encode()

    def seal(self, text: str) -> bytes:
        return _encrypt(self._response_aead, text.encode())

    def unseal(self, sealed: bytes) -> str:
        """Raises `StorageUnusable` where the text was sealed with another key."""
        return _decrypt(self._response_aead, sealed).decode()

    def hash_token(self, token: str) -> bytes:
        """A keyed hash (HMAC-SHA256, 32 bytes): who holds the database alone can't try receipts against it."""
        return hmac.digest(self._token_key, token.encode(), "sha256")

    def hash_participation(self, campaign_key: bytes, chat_id: int) -> bytes:
        """A keyed hash (32 bytes) that says: this chat took part. It wants the secret and the campaign's own key."""
        return hmac.digest(self._participation_key + campaign_key, str(chat_id).encode(), "sha256")

    def hash_drawing(self, digest: bytes) -> bytes:
        """A keyed hash (32 bytes): without the key, known drawings cannot be looked up in the database."""
        return hmac.digest(self._drawing_key, digest, "sha256")


def load_or_create_secret(database_file: Path) -> str:
    """The secret beside an SQLite file; made once, readable by its owner only."""
    key_file = database_file.with_suffix(".key")
    if not key_file.exists():
        if database_file.exists():
            raise StorageUnreadableError(
                f"{key_file} is missing, but {database_file} is there: put the key back, or set SECRET_KEY."
            )
        _write_key_file(key_file, secrets.token_urlsafe(32))
    try:
        secret = key_file.read_text("ascii", "replace").strip()
    except OSError as error:
        raise StorageUnreadableError(
            f"{key_file} can't be read: {error.strerror}. It holds the key of {database_file}."
        ) from error
    if len(secret) < MIN_SECRET_LENGTH:
        raise StorageUnreadableError(
            f"{key_file} holds no whole key: put back the one that stood there, or set SECRET_KEY."
        )
    return secret


def _write_key_file(key_file: Path, secret: str) -> None:
    """Whole or not at all: killed in between, the next start makes another."""
    temporary_file = key_file.with_suffix(".key.new")
    temporary_file.unlink(missing_ok=True)
    handle = os.open(temporary_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as output:
        output.write(secret + "\n")
        output.flush()
        os.fsync(output.fileno())
    temporary_file.rename(key_file)


def _encrypt(key: AESGCM, content: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + key.encrypt(nonce, content, None)


def _decrypt(key: AESGCM, encrypted: bytes) -> bytes:
    try:
        return key.decrypt(encrypted[:NONCE_BYTES], encrypted[NONCE_BYTES:], None)
    except (InvalidTag, ValueError) as error:
        raise StorageUnreadableError(WRONG_KEY_MESSAGE) from error


def _derive_key(secret: str, purpose: str) -> bytes:
    return hashlib.blake2b(secret.encode(), digest_size=32, person=purpose.encode()).digest()
