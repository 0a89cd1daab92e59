"""Structured log lines on standard error. At no level do they contain a chat id, name, answer or token."""

import logging
import re
import sys
from pathlib import Path
from traceback import walk_tb
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.settings import Settings

PROJECT_ROOT = Path(__file__).parents[1]
OWN_PACKAGES = {"flows", "storage", "bot"}


def configure_logging(settings: "Settings") -> None:
    """Logs at LOG_LEVEL in LOG_FORMAT. Libraries log warnings and errors only, through `RedactingFilter`."""
    import structlog  # noqa: PLC0415 - takes memory, and the export process logs nothing

    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    renderer = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso"), renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(asctime)s [%(levelname)s] %(name)s: %(message)s"
    )
    for handler in logging.getLogger().handlers:
        handler.addFilter(RedactingFilter(settings.token))
    for logger_name in ("transitions", "psycopg"):  # the bot logs it
        logging.getLogger(logger_name).setLevel(logging.CRITICAL)


def locate_error(error: BaseException) -> str:
    """Where the error was raised: the project's last file and line, and the library's if it was raised there.

    The error's text is left out: it may quote what a person wrote.
    """
    locations = [(Path(frame.f_code.co_filename), line) for frame, line in walk_tb(error.__traceback__)]
    own_locations = [
        (file.relative_to(PROJECT_ROOT).as_posix(), line) for file, line in locations if _is_own_file(file)
    ]
    if not locations:
        return "nowhere"
    raised_at = f"{locations[-1][0].name}:{locations[-1][1]}"
    if not own_locations:
        return raised_at
    last_own = "{}:{}".format(*own_locations[-1])
    return last_own if _is_own_file(locations[-1][0]) else f"{last_own} via {raised_at}"


def _is_own_file(file: Path) -> bool:
    return file.is_relative_to(PROJECT_ROOT) and file.relative_to(PROJECT_ROOT).parts[0] in OWN_PACKAGES


def strip_quotes(text: str) -> str:
    """Telegram's text up to its first quotation, which may be what a person wrote; without long numbers: chat ids."""
    return re.sub(r"\d{5,}", "…", text.partition('"')[0]).strip()


class RedactingFilter(logging.Filter):
    """Keeps the first sentence of a library's log line; removes the token and the traceback."""

    def __init__(self, token: str | None) -> None:
        super().__init__()
        self._token = token

    def filter(self, record: logging.LogRecord) -> bool:
        message = (record.getMessage().splitlines() or [""])[0].split(". ")[0]
        record.msg = message.replace(self._token, "<token>") if self._token else message
        record.args = ()
        record.exc_info = record.exc_text = record.stack_info = None
        return True
