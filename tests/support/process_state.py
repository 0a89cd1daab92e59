"""Whether a process has ended."""

import psutil  # type: ignore[import-untyped]  # it ships no types


def has_exited(pid: int) -> bool:
    """Nobody may be there to take note of its end."""
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
