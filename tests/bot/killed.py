"""A bot that is killed and started again. The start is cheap: a process that has imported everything is copied."""

import multiprocessing
import os
import sys
from multiprocessing.context import ForkServerProcess
from pathlib import Path

CONTEXT = multiprocessing.get_context("forkserver")


def preload() -> None:
    CONTEXT.set_forkserver_preload(["bot.__main__", "bot.app", "bot.previewing"])


def start(log: Path, settings: dict[str, str]) -> ForkServerProcess:
    process = CONTEXT.Process(target=_run, args=(str(log), settings), daemon=True)
    process.start()
    return process


def _run(log: str, settings: dict[str, str]) -> None:
    """What `python -m bot run` does, once Python has come up."""
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    os.environ.update(settings)
    sys.argv = ["connection-test", "run"]
    from bot.__main__ import main  # noqa: PLC0415 - in the process that was started

    main()
