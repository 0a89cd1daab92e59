"""Comments, read by a person before anybody else does: listed, approved, withheld; words of them hidden."""

from collections.abc import Iterator, Sequence

from bot.cli.doctor.findings import counted
from storage.anonymity.gateway import opened
from storage.anonymity.moderation import CommentGone, find_words, hide_words, judge, show_words
from storage.campaigns.coordinators import OPERATOR, note_act
from storage.db.database import Database
from storage.errors import StorageFault

JUDGED = {"approved": "approved", "withheld": "withheld", "new": "renewed"}  # a state, as it is noted


class WordMissing(StorageFault):
    """The comment has no such word."""

    def __init__(self, word: str) -> None:
        super().__init__(
            f"The comment has no word {word}: write it as `comments list` shows it, without signs around it."
        )


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
    with database.transaction() as tx:
        judge(tx, code, ids, state)
        note_act(tx, OPERATOR, JUDGED[state], code)
    yield f"{counted(len(ids), 'comment')}: {state}."


def hide(database: Database, code: str, size: int, comment: str, words: Sequence[str]) -> Iterator[str]:
    """Hides these words wherever they stand in the comment. Raises `StorageFault`: then none is hidden."""
    with opened(database, code, size) as campaign:
        kept = campaign.comment(comment).comment
    if kept is None:
        raise CommentGone(comment)
    numbers = []
    for word in words:
        found = find_words(kept.words, word)
        if not found:
            raise WordMissing(word)
        numbers += found
    with database.transaction() as tx:
        hide_words(tx, code, comment, numbers)
        note_act(tx, OPERATOR, "hid", code)
    yield f"{counted(len(words), 'word')}: hidden."


def show_again(database: Database, code: str, comment: str) -> Iterator[str]:
    """Shows all hidden words of the comment again. Raises `StorageFault`."""
    with database.transaction() as tx:
        show_words(tx, code, comment)
        note_act(tx, OPERATOR, "showed", code)
    yield "All words are shown."


def _printable(line: str) -> str:
    """Without what a terminal would obey: anybody may have written it."""
    return "".join(sign if sign.isprintable() else " " for sign in line)
