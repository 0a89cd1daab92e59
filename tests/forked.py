"""Processes whose start is cheap: copies of one that has imported everything, and runs no thread."""

import multiprocessing

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    [
        "bot.__main__",
        "bot.app",
        "bot.previewing",
        *(f"bot.operating.{name}" for name in ("doctor", "backing_up", "campaigns", "comments", "coordinators")),
        *(f"bot.operating.{name}" for name in ("exporting", "purging", "releasing", "sharing", "showing", "aside")),
        "alembic.command",
        "alembic.context",
        "psycopg",
        "psycopg_binary",
        "sqlalchemy.dialects.postgresql.psycopg",
        "sqlalchemy.dialects.sqlite.pysqlite",
        "tests.chaos.workers",
        "tests.bot.processes",
    ]
)
