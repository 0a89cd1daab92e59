"""Encryption of typed text, outbox entries and responses, under a secret that is kept outside the database.

Decision record 0023 has the reasons for each scheme. Relies on the `cryptography` package.
"""

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

NONCE_BYTES = 12  # random: safe for 2^32 texts per key (NIST SP 800-38D, 8.3)
ENTRY_PREFIX = b"\x01"  # the version of the format of outbox entries; no Fernet token starts with it
MIN_SECRET_LENGTH = 32  # characters; the 256 bits of a key file are 43
WRONG_KEY_MESSAGE = (
    "The database was written with another key: restore its SECRET_KEY, or the .key file that belongs to it."
)


class Cipher:
    """Encrypts, decrypts and hashes with keys derived from one secret. A changed byte is noticed.

    `encrypt` uses Fernet (AES-128-CBC, HMAC-SHA256), which stores the time. `seal` uses AES-256-GCM, which does not.
    `encrypt_entry` uses AES-256-GCM for its speed, a tenth of Fernet's cost: every turn adds an outbox entry.
    All methods that decrypt raise `StorageUnreadableError` for what was encrypted with another key.
    """

    def __init__(self, secret: str) -> None:
        if len(secret.strip()) < MIN_SECRET_LENGTH:
            raise StorageUnreadableError(
                f"SECRET_KEY is shorter than {MIN_SECRET_LENGTH} characters: create one with `openssl rand -hex 32`."
            )
        # The purposes are part of the keys: a database is unreadable once one of them changes.
        self._fernet = Fernet(base64.urlsafe_b64encode(_derive_key(secret, "text")))
        self._response_aead = AESGCM(_derive_key(secret, "sealed"))
        self._entry_aead = AESGCM(_derive_key(secret, "saying"))
        self._token_key = _derive_key(secret, "receipt")
        self._participation_key = _derive_key(secret, "participation")
        self._drawing_key = _derive_key(secret, "drawing")
        # Telegram sends it with each update. Derived, so that all workers have the same.
        self.webhook_secret = _derive_key(secret, "webhook").hex()
        self.key_fingerprint = _derive_key(secret, "key")  # tells keys apart without revealing them

    def encrypt(self, text: str) -> bytes:
        """Encrypts typed text and dead letters."""
        return self._fernet.encrypt(text.encode())

    def decrypt(self, encrypted: bytes) -> str:
        """Reverses `encrypt`."""
        try:
            return self._fernet.decrypt(encrypted).decode()
        except InvalidToken as error:
            raise StorageUnreadableError(WRONG_KEY_MESSAGE) from error

    def encrypt_entry(self, content: bytes) -> bytes:
        """Encrypts the content of an outbox entry."""
        return ENTRY_PREFIX + _encrypt(self._entry_aead, content)

    def decrypt_entry(self, encrypted: bytes) -> bytes:
        """Reverses `encrypt_entry`."""
        if encrypted.startswith(ENTRY_PREFIX):
            return _decrypt(self._entry_aead, encrypted.removeprefix(ENTRY_PREFIX))
        return self.decrypt(encrypted).encode()  # written before 0.1.0

    def seal(self, text: str) -> bytes:
        """Encrypts a response without storing the time."""
        return _encrypt(self._response_aead, text.encode())

    def unseal(self, sealed: bytes) -> str:
        """Reverses `seal`."""
        return _decrypt(self._response_aead, sealed).decode()

    def hash_token(self, token: str) -> bytes:
        """Returns a keyed hash (HMAC-SHA256, 32 bytes): receipts can't be guessed from the database alone."""
        return hmac.digest(self._token_key, token.encode(), "sha256")

    def hash_participation(self, campaign_key: bytes, chat_id: int) -> bytes:
        """Returns a keyed hash (32 bytes) of a chat that took part. Takes the secret and the campaign's own key."""
        return hmac.digest(self._participation_key + campaign_key, str(chat_id).encode(), "sha256")

    def hash_drawing(self, digest: bytes) -> bytes:
        """A keyed hash (32 bytes): without the key, known drawings cannot be looked up in the database."""
        return hmac.digest(self._drawing_key, digest, "sha256")


def load_or_create_secret(database_file: Path) -> str:
    """Returns the secret in the key file next to an SQLite file. Creates it the first time, for its owner only.

    Raises `StorageUnreadableError` for a key file that is missing, unreadable or incomplete.
    """
    key_file = database_file.with_suffix(".key")
    if not key_file.exists():
        if database_file.exists():
            problem = f"{key_file} is missing, but {database_file} exists"
            raise StorageUnreadableError(f"{problem}: restore the key file, or set SECRET_KEY.")
        _write_key_file(key_file, secrets.token_urlsafe(32))
    try:
        secret = key_file.read_text("ascii", "replace").strip()
    except OSError as error:
        problem = f"{key_file}, the key of {database_file}, cannot be read ({error.strerror})"
        raise StorageUnreadableError(f"{problem}: check its owner and its permissions.") from error
    if len(secret) < MIN_SECRET_LENGTH:
        raise StorageUnreadableError(f"{key_file} holds no complete key: restore it, or set SECRET_KEY.")
    return secret


def _write_key_file(key_file: Path, secret: str) -> None:
    # Complete or absent: a process that is killed in between leaves a temporary file, and the next start begins again.
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
