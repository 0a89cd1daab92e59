"""Comments, read by a person before anybody else does: listed, approved, withheld."""

from collections.abc import Iterator, Sequence

from bot.operating.findings import counted
from storage.database import Database
from storage.sealed.gate import opened
from storage.sealed.judging import judge


def read_all(database: Database, code: str, size: int, state: str) -> Iterator[str]:
    """A campaign's comments in this state: id and question, and the words under it. Raises `StorageFault`."""
    with opened(database, code, size) as campaign:
        none = True
        for one in campaign.comments(state):
            none = False
            yield f"{one.id}  {one.question}"
            yield from (f"    {_printable(line)}" for line in one.words.splitlines())
    if none:
        yield f"No comments of {code} are {state}. A question's show once there are {size} of them."


def decide(database: Database, code: str, ids: Sequence[str], state: str) -> Iterator[str]:
    """Sets the state of these comments, and says so. Raises `StorageFault`."""
    judge(database, code, ids, state)
    yield f"{counted(len(ids), 'comment')}: {state}."


def _printable(line: str) -> str:
    """Without what a terminal would obey: anybody may have written it."""
    return "".join(sign if sign.isprintable() else " " for sign in line)
