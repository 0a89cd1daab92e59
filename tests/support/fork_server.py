"""Processes whose start is cheap: copies of one that has imported everything, and runs no thread."""

import multiprocessing

FORK_SERVER = multiprocessing.get_context("forkserver")
FORK_SERVER.set_forkserver_preload(
    [
        "bot.cli.app",
        "bot.app",
        "bot.cli.preview",
        *(f"bot.cli.{name}" for name in ("doctor", "database", "campaigns", "comments", "coordinators")),
        *(f"bot.cli.{name}" for name in ("results", "dead_letters")),
        "alembic.command",
        "alembic.context",
        "psycopg",
        "psycopg_binary",
        "sqlalchemy.dialects.postgresql.psycopg",
        "sqlalchemy.dialects.sqlite.pysqlite",
        "tests.support.worker_processes",
        "tests.support.bot_process",
    ]
)
