"""Comments with what should be found in them marked, and how well it is found."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from flows.text.redaction import Found, Kind, found

HERE = Path(__file__).parent
_MARKED = re.compile(r"\{([^|{}]+)\|([^{}]*)\}")


@dataclass
class Measured:
    """Of one kind: how many stand in the comments, and are found whole; how many finds, and how many right."""

    there: int = 0
    covered: int = 0
    finds: int = 0
    right: int = 0
    wrongs: list[str] = field(default_factory=list)


def comments(name: str) -> Iterator[tuple[str, list[Found]]]:
    """Each comment of the file, and what should be found in it: {kind|words}."""
    for line in (HERE / f"{name}.txt").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            yield _unmarked(line)


def measure(name: str) -> dict[Kind, Measured]:
    """How well each kind is found in the comments of the file."""
    by_kind = {kind: Measured() for kind in Kind}
    for words, there in comments(name):
        finds = found(words)
        covered = {at for start, end, _ in finds for at in range(start, end)}
        for start, end, kind in there:
            by_kind[kind].there += 1
            by_kind[kind].covered += covered >= set(range(start, end))
        for start, end, kind in finds:
            right = any(kind == other and start < last and first < end for first, last, other in there)
            by_kind[kind].finds += 1
            by_kind[kind].right += right
            by_kind[kind].wrongs += [] if right else [words[start:end]]
    return by_kind


def table() -> str:
    """The measure as it stands in docs/privacy.md."""
    fitted, held_out = measure("comments"), measure("comments_held_out")
    lines = [
        "| what | found, of those in 60 comments | right, of what was found | found, in 20 held out | right |",
        "|---|---|---|---|---|",
    ]
    for kind in Kind:
        of = [f"{one.covered} of {one.there} | {one.right} of {one.finds}" for one in (fitted[kind], held_out[kind])]
        lines.append(f"| {kind} | {of[0]} | {of[1]} |")
    return "\n".join(lines)


def _unmarked(line: str) -> tuple[str, list[Found]]:
    words, there, last = "", [], 0
    for mark in _MARKED.finditer(line):
        words += line[last : mark.start()]
        there.append((len(words), len(words) + len(mark[2]), Kind(mark[1])))
        words, last = words + mark[2], mark.end()
    return words + line[last:], there
