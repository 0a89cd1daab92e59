"""Log lines: facts with fields, on standard error. No chat id, name, answer or token, at any level."""

import logging
import re
import sys
from pathlib import Path
from traceback import walk_tb
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.settings import Settings

HOUSE = Path(__file__).parents[1]
ROOMS = {"flows", "storage", "bot"}


def set_up_logs(settings: "Settings") -> None:
    """Our own lines at LOG_LEVEL in LOG_FORMAT. The libraries' only when something is wrong, and without the token."""
    import structlog  # noqa: PLC0415 - takes memory; whatever writes downloads logs nothing

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
    for chatty in ("telegram.ext.Application", "apscheduler", "transitions", "psycopg"):  # ours say what is wrong
        logging.getLogger(chatty).setLevel(logging.CRITICAL)


def where(fault: BaseException) -> str:
    """Our own last file and line on the way to the fault, and the library's that raised it, where it was one.

    The fault's text is left out: it may quote what somebody wrote.
    """
    passed = [(Path(frame.f_code.co_filename), line) for frame, line in walk_tb(fault.__traceback__)]
    ours = [(file.relative_to(HOUSE).as_posix(), line) for file, line in passed if _is_ours(file)]
    if not passed:
        return "nowhere"
    raised = f"{passed[-1][0].name}:{passed[-1][1]}"
    if not ours:
        return raised
    last = "{}:{}".format(*ours[-1])
    return last if _is_ours(passed[-1][0]) else f"{last} via {raised}"


def _is_ours(file: Path) -> bool:
    return file.is_relative_to(HOUSE) and file.relative_to(HOUSE).parts[0] in ROOMS


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
