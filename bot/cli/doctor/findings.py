"""What a look at one thing found: one line, a mark in words, and the fix where one is needed."""

import time
from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """How it is."""

    WELL = "well"
    NOTE = "note"  # it works; somebody should know
    MEND = "MEND"
    SKIPPED = "skipped"  # something else must be mended first


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's."""

    mark: Mark
    subject: str
    text: str

    def __str__(self) -> str:
        return f"{self.mark:<8} {self.subject:<11} {self.text}"


def well(subject: str, text: str) -> Finding:
    return Finding(Mark.WELL, subject, text)


def note(subject: str, text: str) -> Finding:
    return Finding(Mark.NOTE, subject, text)


def mend(subject: str, text: str) -> Finding:
    return Finding(Mark.MEND, subject, text)


def skipped(subject: str, text: str) -> Finding:
    return Finding(Mark.SKIPPED, subject, text)


def span(seconds: float) -> str:
    """A span of time, as people say it: 40 seconds, 5 minutes, 3 hours, 2 days."""
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length:.0f} {unit}s"
    return counted(round(seconds), "second")


def counted(many: int, one: str, more: str | None = None) -> str:
    """1 update, 2 updates."""
    return f"{many} {one if many == 1 else more or one + 's'}"


def ago(moment: float) -> float:
    """Seconds since that moment (seconds since 1970)."""
    return max(time.time() - moment, 0.0)
