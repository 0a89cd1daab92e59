"""Log lines: facts with fields, on standard error. No chat id, name, answer or token, at any level."""

import logging
import re
import sys

import structlog

from bot.settings import Settings


def set_up_logs(settings: Settings) -> None:
    """Our own lines at LOG_LEVEL in LOG_FORMAT. The libraries' only when something is wrong, and without the token."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    out = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso"), out],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(asctime)s [%(levelname)s] %(name)s: %(message)s"
    )
    for handler in logging.getLogger().handlers:
        handler.addFilter(Bare(settings.token))
    for chatty in ("telegram.ext.Application", "apscheduler", "transitions"):
        logging.getLogger(chatty).setLevel(logging.CRITICAL)


def where(fault: BaseException) -> str:
    """The file and line that raised it. Its text is left out: it may quote what somebody wrote."""
    trace = fault.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}" if trace else "nowhere"


def unquoted(said: str) -> str:
    """What Telegram said, up to where it quotes: that may be what somebody wrote. Long numbers may be a chat's."""
    return re.sub(r"\d{5,}", "…", said.partition('"')[0]).strip()


class Bare(logging.Filter):
    """Libraries' lines keep their first line, up to its first full stop; the token and tracebacks are left out."""

    def __init__(self, token: str | None) -> None:
        super().__init__()
        self._token = token

    def filter(self, record: logging.LogRecord) -> bool:
        message = (record.getMessage().splitlines() or [""])[0].split(". ")[0]
        record.msg = message.replace(self._token, "<token>") if self._token else message
        record.args = ()
        record.exc_info = record.exc_text = record.stack_info = None
        return True
