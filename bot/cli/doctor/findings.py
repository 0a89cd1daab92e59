"""A finding of the doctor: one line with a status, a subject and, if needed, the fix."""

import time
from dataclasses import dataclass
from enum import StrEnum


class FindingStatus(StrEnum):
    """The status, as it is printed."""

    OK = "ok"
    WARNING = "note"  # it works; someone should know
    PROBLEM = "PROBLEM"
    SKIPPED = "skipped"  # something else must be fixed first


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    status: FindingStatus
    subject: str
    text: str

    def __str__(self) -> str:
        return f"{self.status:<8} {self.subject:<12} {self.text}"


def ok(subject: str, text: str) -> Finding:
    return Finding(FindingStatus.OK, subject, text)


def warning(subject: str, text: str) -> Finding:
    return Finding(FindingStatus.WARNING, subject, text)


def problem(subject: str, text: str) -> Finding:
    return Finding(FindingStatus.PROBLEM, subject, text)


def skipped(subject: str, text: str) -> Finding:
    return Finding(FindingStatus.SKIPPED, subject, text)


def format_duration(seconds: float) -> str:
    """Formats a duration: 40 seconds, 5 minutes, 3 hours, 2 days."""
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length:.0f} {unit}s"
    return format_count(round(seconds), "second")


def format_count(count: int, singular: str, plural: str | None = None) -> str:
    """Formats a number with its noun: 1 update, 2 updates."""
    return f"{count} {singular if count == 1 else plural or singular + 's'}"


def seconds_since(timestamp: float) -> float:
    """Returns the seconds since a POSIX timestamp, at least 0."""
    return max(time.time() - timestamp, 0.0)
