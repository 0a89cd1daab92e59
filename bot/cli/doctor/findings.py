"""What a look at one thing found: one line, a mark in words, and the fix where one is needed."""

import time
from dataclasses import dataclass
from enum import StrEnum


class FindingStatus(StrEnum):
    """How it is."""

    OK = "well"
    WARNING = "note"  # it works; somebody should know
    PROBLEM = "MEND"
    SKIPPED = "skipped"  # something else must be mended first


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's."""

    status: FindingStatus
    subject: str
    text: str

    def __str__(self) -> str:
        return f"{self.status:<8} {self.subject:<11} {self.text}"


def ok(subject: str, text: str) -> Finding:
    return Finding(FindingStatus.OK, subject, text)


def warning(subject: str, text: str) -> Finding:
    return Finding(FindingStatus.WARNING, subject, text)


def problem(subject: str, text: str) -> Finding:
    return Finding(FindingStatus.PROBLEM, subject, text)


def skipped(subject: str, text: str) -> Finding:
    return Finding(FindingStatus.SKIPPED, subject, text)


def format_duration(seconds: float) -> str:
    """A span of time, as people say it: 40 seconds, 5 minutes, 3 hours, 2 days."""
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length:.0f} {unit}s"
    return format_count(round(seconds), "second")


def format_count(count: int, singular: str, plural: str | None = None) -> str:
    """1 update, 2 updates."""
    return f"{count} {singular if count == 1 else plural or singular + 's'}"


def seconds_since(timestamp: float) -> float:
    """Seconds since that moment (seconds since 1970)."""
    return max(time.time() - timestamp, 0.0)
