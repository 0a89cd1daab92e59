"""The settings, from the environment and a `.env` file; frozen. A setting that can't be used is named, with the fix."""

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
RESERVED_PATHS = {"/healthz", "/readyz", "/metrics"}  # bot/health.py
WEBHOOK_PORTS = {443, 80, 88, 8443}  # the ports that Telegram calls (core.telegram.org/bots/api#setwebhook)
FORBIDDEN_PATH_CHARACTERS = set("{}%")  # they mean something to the router, or are changed on the way
MALFORMED_TOKEN_TEXT = (
    "TELEGRAM_BOT_TOKEN is no token: one looks like 123456789:AAabc, a number, a colon and letters, and has no quotes, "
    "spaces or “bot” around it; copy it anew from @BotFather."
)

BLANK_SECRET_KEY_TEXT = (
    "it is blank: make one with `openssl rand -hex 32`; or take the setting out, and with SQLite a key is kept beside "
    "the database"
)

MAX_USER_ID = 2**52  # no number of anybody's on Telegram is larger (core.telegram.org/bots/api#user)
MIN_RELEASE_SIZE = 5  # responses that become visible together, at the least

SETTING_FIXES = {
    "telegram_api_url": f"this is no address of a Bot API server: {TELEGRAM_API_URL} is one, or take the setting out",
    "port": "this is no port: give a whole number from 0 to 65535, or take the setting out",
    "webhook_url": "Telegram sends to an https address with a path: https://bot.example.org/telegram is one",
    "coordinator_ids": "give the numbers of people on Telegram, with commas between: 123456789, 987654321",
    "release_size": "give a whole number from 5 to 1000: fewer than 5 together would not hide anybody",
    "retention_days": "give a whole number of days from 1 to 36500",
    "log_level": "give debug, info, warning or error",
    "log_format": "give text or json",
}


class SettingsError(Exception):
    """A setting can't be used as it is. Its text names it and says what to do."""


class Settings(BaseSettings):
    """What can be set. Secrets never show in a log or an error."""

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
    release_size: int = Field(default=10, ge=MIN_RELEASE_SIZE, le=1000)
    retention_days: int = Field(default=30, ge=1, le=36_500)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["text", "json"] = "text"

    @model_validator(mode="before")
    @classmethod
    def _drop_blank_settings(cls, values: dict[str, Any]) -> dict[str, Any]:
        """A blank setting is as if it were not set. But for the key: whoever left it blank would think that theirs
        holds.
        """
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
        """Numbers of people: those of groups are below 0."""
        if not isinstance(value, str):
            return value
        parts = [part.strip() for part in value.split(",") if part.strip()]
        if not all(re.fullmatch(r"[1-9]\d{0,15}", part, re.ASCII) and int(part) <= MAX_USER_ID for part in parts):
            raise ValueError(SETTING_FIXES["coordinator_ids"])
        return frozenset(map(int, parts))

    @field_validator("telegram_api_url", "webhook_url")
    @classmethod
    def _reject_malformed_url(cls, value: str | None, info: ValidationInfo) -> str | None:
        """What only looks like an address is found now, and not when it is first used."""
        try:
            urlsplit(value or "").port  # noqa: B018 - it raises
        except ValueError as error:
            raise ValueError(SETTING_FIXES[str(info.field_name)]) from error
        return value

    @field_validator("webhook_url")
    @classmethod
    def _check_webhook_path(cls, value: str | None) -> str | None:
        """Telegram's calls would reach a page of our own, or nothing."""
        path = urlsplit(value or "").path
        if path in RESERVED_PATHS:
            raise ValueError(f"{path} is a page of the bot's own: take another path, such as /telegram")
        if set(path) & FORBIDDEN_PATH_CHARACTERS:
            raise ValueError("its path may hold no {, } or %: take a plain one, such as /telegram")
        return value

    @field_validator("webhook_url")
    @classmethod
    def _check_webhook_port(cls, value: str | None, info: ValidationInfo) -> str | None:
        """Only a Bot API server of one's own calls other ports."""
        parts, api_parts = urlsplit(value or ""), urlsplit(info.data.get("telegram_api_url", TELEGRAM_API_URL))
        port = 443 if parts.port is None else parts.port
        if (
            parts.scheme == "https"
            and api_parts.hostname == urlsplit(TELEGRAM_API_URL).hostname
            and port not in WEBHOOK_PORTS
        ):
            raise ValueError("Telegram calls only the ports 443, 80, 88 and 8443: take one of them, or leave it out")
        return value

    @property
    def should_serve_pages(self) -> bool:
        """Whether somebody asked for pages on PORT: for the webhook, or by setting it."""
        return self.webhook_url is not None or "port" in self.model_fields_set

    @property
    def secret(self) -> str | None:
        return self.secret_key.get_secret_value() if self.secret_key else None

    @property
    def token(self) -> str | None:
        return self.telegram_bot_token.get_secret_value() if self.telegram_bot_token else None


def is_token_format(token: str | None) -> bool:
    """Whether this may be a token at all: a number, a colon, and letters."""
    return re.fullmatch(r"\d+:[\w-]+", token or "", re.ASCII) is not None


def read_settings() -> Settings:
    """The settings as they are now. Raises `Unset` for the first one that can't be used."""
    try:
        return _load_settings()
    except ValidationError as error:
        raise SettingsError(next(iter(_explain_errors(error).values()))) from None


def inspect_settings() -> tuple[Settings, dict[str, str]]:
    """The settings, and a sentence for each one that can't be used, by its name: that one is as if it were not set.

    Raises `Unset` where `.env` can't be read.
    """
    try:
        return _load_settings(), {}
    except ValidationError as error:
        problems = _explain_errors(error)
    return Settings(**{name: Settings.model_fields[name].default for name in problems}), problems


def _load_settings() -> Settings:
    try:
        return Settings()
    except UnicodeDecodeError:  # it holds all that stands in the file
        raise SettingsError(".env can't be read (it is not UTF-8): save it as UTF-8.") from None
    except OSError as error:
        fix = "run this as the user of the bot, or let this one read it"
        raise SettingsError(f".env can't be read ({error.strerror}): {fix}.") from error


def _explain_errors(error: ValidationError) -> dict[str, str]:
    sentences = {}
    for detail in error.errors(include_input=False):
        name = str(detail["loc"][0])
        reason = (
            detail["msg"].removeprefix("Value error, ") if detail["type"] == "value_error" else SETTING_FIXES.get(name)
        )
        sentences[name] = f"{name.upper()}: {reason or detail['msg']}."
    return sentences


# @@DOC Names of settings that there are not: what is misspelt would else be passed over in silence.
# @@
# @@ `.env` is ours: whatever stands there is named. The environment is everybody's: only what is nearly one of ours.
# @@
SETTING_NAMES = [name.upper() for name in Settings.model_fields]
KNOWN_NAMES = {
    *SETTING_NAMES,
    "BOT_DOMAIN",
    "POSTGRES_PASSWORD",
    "WORKERS",
}  # compose.yaml reads these three from the same file
SETTING_NAME_PATTERN = re.compile(
    r"[A-Z][A-Z0-9_]{,30}"
)  # a secret that lost its name could be taken for one, but is no such
MIN_NAME_SIMILARITY = 0.85  # of 1, as difflib rates it


@dataclass(frozen=True, slots=True)
class UnknownSetting:
    """A name that is no setting's, and the setting's that is nearest, if one is near."""

    name: str
    closest_name: str | None
    is_in_env_file: bool

    def __str__(self) -> str:
        fix = f"write {self.closest_name}" if self.closest_name else "the README lists those that there are"
        return f"{self.name}{' in .env' * self.is_in_env_file} is no setting: {fix}."


def find_unknown_settings() -> Iterator[UnknownSetting]:
    """Those in `.env`, then those in the environment."""
    env_file_values = DotEnvSettingsSource(Settings, case_sensitive=True, env_ignore_empty=False).env_vars
    for name in [*env_file_values, *sorted(os.environ.keys() - env_file_values)]:
        closest_name, is_in_env_file = _find_closest_name(name), name in env_file_values
        if name.upper() not in KNOWN_NAMES and (
            closest_name or (is_in_env_file and SETTING_NAME_PATTERN.fullmatch(name))
        ):
            yield UnknownSetting(name, closest_name, is_in_env_file)


def _find_closest_name(name: str) -> str | None:
    return next(iter(get_close_matches(name.upper(), SETTING_NAMES, n=1, cutoff=MIN_NAME_SIMILARITY)), None)
