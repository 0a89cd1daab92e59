"""The settings, from the environment and `.env`. A setting that cannot be used is named, with the fix.

Unknown settings are reported too, as a misspelt name would otherwise have no effect. In `.env`, every unknown name is
one; in the environment, which other programs share, only a name that resembles a setting.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, NoDecode, SettingsConfigDict

TELEGRAM_API_URL = "https://api.telegram.org"
RESERVED_PATHS = {"/healthz", "/readyz", "/metrics"}  # see bot/health.py
WEBHOOK_PORTS = {443, 80, 88, 8443}  # the ports that Telegram calls (core.telegram.org/bots/api#setwebhook)
FORBIDDEN_PATH_CHARACTERS = set("{}%")  # special to the router, or changed on the way
MAX_USER_ID = 2**52  # Telegram's ids are smaller (core.telegram.org/bots/api#user)
MIN_RELEASE_SIZE, MAX_RELEASE_SIZE = 5, 1000  # responses that become visible together
MALFORMED_TOKEN_TEXT = (
    "TELEGRAM_BOT_TOKEN does not look like a token: a token is a number, a colon and letters, such as "  # noqa: S105 - a text
    "123456789:AAabc, without quotes, spaces or “bot” around it. Copy it again from @BotFather."
)
BLANK_SECRET_KEY_TEXT = (
    "it is blank: create a key with `openssl rand -hex 32`, or remove the setting; "  # noqa: S105 - a text
    "with SQLite a key file is then kept next to the database"
)
SETTING_FIXES = {
    "telegram_api_url": f"not the address of a Bot API server: use {TELEGRAM_API_URL}, or remove the setting",
    "port": "not a port: use a whole number from 0 to 65535, or remove the setting",
    "webhook_url": "Telegram needs an https address with a path, such as https://bot.example.org/telegram",
    "coordinator_ids": "use Telegram user ids with commas between them, such as 123456789, 987654321",
    "release_size": (
        f"use a whole number from {MIN_RELEASE_SIZE} to {MAX_RELEASE_SIZE}: "
        f"fewer than {MIN_RELEASE_SIZE} responses together would not hide anyone"
    ),
    "retention_days": "use a whole number of days from 1 to 36500",
    "log_level": "use debug, info, warning or error",
    "log_format": "use text or json",
}
SETTING_NAME_PATTERN = re.compile(r"[A-Z][A-Z0-9_]{,30}")  # does not match a secret that lost its name
MIN_SETTING_NAME_SIMILARITY = 0.85  # of 1, by difflib


class SettingsError(Exception):
    """A setting cannot be used. The text names it and the fix."""


class Settings(BaseSettings):
    """All settings; immutable. Secrets never appear in a log line or an error."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    telegram_bot_token: SecretStr | None = None
    telegram_api_url: str = Field(default=TELEGRAM_API_URL, pattern=r"^https?://[^/\s]+(/\S*)?$")
    database_url: str = "sqlite:///data/connection-test.db"
    secret_key: SecretStr | None = None
    webhook_url: str | None = Field(
        default=None, pattern=r"^(https://[^/\s]+|http://(127\.0\.0\.1|localhost)(:\d+)?)/\S+$"
    )
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    coordinator_ids: Annotated[frozenset[int], NoDecode] = frozenset()
    release_size: int = Field(default=10, ge=MIN_RELEASE_SIZE, le=MAX_RELEASE_SIZE)
    retention_days: int = Field(default=30, ge=1, le=36_500)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["text", "json"] = "text"

    @model_validator(mode="before")
    @classmethod
    def _drop_blank_settings(cls, values: dict[str, Any]) -> dict[str, Any]:
        # A blank setting counts as not set, except the key: its owner would believe that it is in use.
        return {name: value for name, value in values.items() if value != "" or name == "secret_key"}

    @field_validator("secret_key")
    @classmethod
    def _reject_blank_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().strip():
            raise ValueError(BLANK_SECRET_KEY_TEXT)
        return value

    @field_validator("log_level", "log_format", mode="before")
    @classmethod
    def _ignore_case(cls, value: object) -> object:
        return value.casefold() if isinstance(value, str) else value

    @field_validator("coordinator_ids", mode="before")
    @classmethod
    def _parse_coordinator_ids(cls, value: object) -> object:
        """Ids of people are positive; those of groups are negative."""
        if not isinstance(value, str):
            return value
        parts = [part.strip() for part in value.split(",") if part.strip()]
        if not all(re.fullmatch(r"[1-9]\d{0,15}", part, re.ASCII) and int(part) <= MAX_USER_ID for part in parts):
            raise ValueError(SETTING_FIXES["coordinator_ids"])
        return frozenset(map(int, parts))

    @field_validator("telegram_api_url", "webhook_url")
    @classmethod
    def _reject_malformed_url(cls, value: str | None, info: ValidationInfo) -> str | None:
        """Finds a malformed address now and not at its first use."""
        try:
            urlsplit(value or "").port  # noqa: B018 - the property raises
        except ValueError as error:
            raise ValueError(SETTING_FIXES[str(info.field_name)]) from error
        return value

    @field_validator("webhook_url")
    @classmethod
    def _check_webhook_path(cls, value: str | None) -> str | None:
        """Refuses paths with which Telegram's calls would not reach the webhook."""
        path = urlsplit(value or "").path
        if path in RESERVED_PATHS:
            raise ValueError(f"{path} is one of the bot's own pages: use another path, such as /telegram")
        if set(path) & FORBIDDEN_PATH_CHARACTERS:
            raise ValueError("the path contains {, } or %: use a plain one, such as /telegram")
        return value

    @field_validator("webhook_url")
    @classmethod
    def _check_webhook_port(cls, value: str | None, info: ValidationInfo) -> str | None:
        """Refuses ports that api.telegram.org does not call; another Bot API server may call any."""
        parts, api_parts = urlsplit(value or ""), urlsplit(info.data.get("telegram_api_url", TELEGRAM_API_URL))
        port = 443 if parts.port is None else parts.port
        is_called_by_telegram = api_parts.hostname == urlsplit(TELEGRAM_API_URL).hostname
        if parts.scheme == "https" and is_called_by_telegram and port not in WEBHOOK_PORTS:
            raise ValueError("Telegram calls only the ports 443, 80, 88 and 8443: use one of them, or no port")
        return value

    @property
    def should_serve_pages(self) -> bool:
        """Whether PORT is needed for the webhook, or was set."""
        return self.webhook_url is not None or "port" in self.model_fields_set

    @property
    def secret(self) -> str | None:
        return self.secret_key.get_secret_value() if self.secret_key else None

    @property
    def token(self) -> str | None:
        return self.telegram_bot_token.get_secret_value() if self.telegram_bot_token else None


SETTING_NAMES = [name.upper() for name in Settings.model_fields]
COMPOSE_NAMES = {"BOT_DOMAIN", "POSTGRES_PASSWORD", "WORKERS"}  # compose.yaml reads these from the same file
KNOWN_NAMES = {*SETTING_NAMES, *COMPOSE_NAMES}


@dataclass(frozen=True, slots=True)
class UnknownSetting:
    """A name that is not a setting, and the setting it resembles, if any."""

    name: str
    closest_name: str | None
    is_in_env_file: bool

    def __str__(self) -> str:
        fix = f"did you mean {self.closest_name}?" if self.closest_name else "docs/settings.md lists all settings."
        return f"{self.name}{' in .env' * self.is_in_env_file} is not a setting: {fix}"


def is_token_format(token: str | None) -> bool:
    """Whether this looks like a token: a number, a colon and letters."""
    return re.fullmatch(r"\d+:[\w-]+", token or "", re.ASCII) is not None


def read_settings() -> Settings:
    """The current settings. Raises `SettingsError` for the first one that cannot be used."""
    try:
        return _load_settings()
    except ValidationError as error:
        raise SettingsError(next(iter(_explain_errors(error).values()))) from None


def inspect_settings() -> tuple[Settings, dict[str, str]]:
    """The settings, and a sentence by name for each one that cannot be used: it has its default.

    Raises `SettingsError` if `.env` cannot be read.
    """
    try:
        return _load_settings(), {}
    except ValidationError as error:
        problems = _explain_errors(error)
    return Settings(**{name: Settings.model_fields[name].default for name in problems}), problems


def _load_settings() -> Settings:
    try:
        return Settings()
    except UnicodeDecodeError:
        # `from None`, as the error holds the file's content.
        raise SettingsError(".env cannot be read (it is not UTF-8): save it as UTF-8.") from None
    except OSError as error:
        fix = "run this as the bot's user, or let this user read the file"
        raise SettingsError(f".env cannot be read ({error.strerror}): {fix}.") from error


def _explain_errors(error: ValidationError) -> dict[str, str]:
    sentences = {}
    for detail in error.errors(include_input=False):
        name = str(detail["loc"][0])
        reason = (
            detail["msg"].removeprefix("Value error, ") if detail["type"] == "value_error" else SETTING_FIXES.get(name)
        )
        sentences[name] = f"{name.upper()}: {reason or detail['msg']}."
    return sentences


def find_unknown_settings() -> Iterator[UnknownSetting]:
    """Unknown settings, first those in `.env`, then those in the environment."""
    env_file_values = DotEnvSettingsSource(Settings, case_sensitive=True, env_ignore_empty=False).env_vars
    for name in [*env_file_values, *sorted(os.environ.keys() - env_file_values)]:
        closest_name, is_in_env_file = _find_closest_name(name), name in env_file_values
        is_suspicious = closest_name or (is_in_env_file and SETTING_NAME_PATTERN.fullmatch(name))
        if is_suspicious and name.upper() not in KNOWN_NAMES:
            yield UnknownSetting(name, closest_name, is_in_env_file)


def _find_closest_name(name: str) -> str | None:
    return next(iter(get_close_matches(name.upper(), SETTING_NAMES, n=1, cutoff=MIN_SETTING_NAME_SIMILARITY)), None)
