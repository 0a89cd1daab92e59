"""Precision and recall of the redaction, on comments whose identifiers are marked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from flows.text.redaction import IdentifierKind, IdentifierSpan, find_identifiers

COMMENTS_FOLDER = Path(__file__).parent
_MARK = re.compile(r"\{([^|{}]+)\|([^{}]*)\}")


@dataclass
class RedactionScore:
    """The counts for one kind of identifier: marked, found whole, matches, and correct matches."""

    expected: int = 0
    found_whole: int = 0
    matches: int = 0
    correct: int = 0
    false_matches: list[str] = field(default_factory=list)


def read_marked_comments(name: str) -> Iterator[tuple[str, list[IdentifierSpan]]]:
    """Each comment of the file, and the identifiers marked in it as {kind|text}."""
    for line in (COMMENTS_FOLDER / f"{name}.txt").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            yield _parse_marks(line)


def measure_redaction(name: str) -> dict[IdentifierKind, RedactionScore]:
    """The scores of each kind in the comments of the file."""
    by_kind = {kind: RedactionScore() for kind in IdentifierKind}
    for text, expected_spans in read_marked_comments(name):
        finds = find_identifiers(text)
        covered = {index for start, end, _ in finds for index in range(start, end)}
        for start, end, kind in expected_spans:
            by_kind[kind].expected += 1
            by_kind[kind].found_whole += covered >= set(range(start, end))
        for start, end, kind in finds:
            is_correct = any(kind == other and start < last and first < end for first, last, other in expected_spans)
            by_kind[kind].matches += 1
            by_kind[kind].correct += is_correct
            by_kind[kind].false_matches += [] if is_correct else [text[start:end]]
    return by_kind


def format_table() -> str:
    """The table in docs/privacy.md."""
    fitted, held_out = measure_redaction("comments"), measure_redaction("comments_held_out")
    lines = [
        "| what | found, of those in 60 comments | right, of what was found | found, in 20 held out | right |",
        "|---|---|---|---|---|",
    ]
    for kind in IdentifierKind:
        cells = [
            f"{one.found_whole} of {one.expected} | {one.correct} of {one.matches}"
            for one in (fitted[kind], held_out[kind])
        ]
        lines.append(f"| {kind} | {cells[0]} | {cells[1]} |")
    return "\n".join(lines)


def _parse_marks(line: str) -> tuple[str, list[IdentifierSpan]]:
    text, expected, last = "", [], 0
    for mark in _MARK.finditer(line):
        text += line[last : mark.start()]
        expected.append((len(text), len(text) + len(mark[2]), IdentifierKind(mark[1])))
        text, last = text + mark[2], mark.end()
    return text + line[last:], expected
