"""What the commands on comments do: list, approve, withhold, hide words."""

from collections.abc import Iterator, Sequence

from bot.cli.doctor.findings import format_count
from storage.anonymity.gateway import open_release_view
from storage.anonymity.moderation import (
    UnknownCommentError,
    find_word_numbers,
    redact_comment_words,
    restore_comment_words,
    set_comment_state,
)
from storage.campaigns.coordinators import OPERATOR_ID, record_action
from storage.db.database import Database
from storage.errors import StorageError

AUDIT_ACTIONS_BY_STATE = {
    "approved": "approved",
    "withheld": "withheld",
    "new": "reset",
}  # comment state: name in the audit log


class CommentWordNotFoundError(StorageError):
    """The comment has no such word."""

    def __init__(self, word: str) -> None:
        super().__init__(
            f"The comment has no word {word}: write it as `comments list` shows it, without signs around it."
        )


def format_comments(database: Database, code: str, release_size: int, state: str) -> Iterator[str]:
    """Yields a campaign's comments in this state: id and question, then the text. Raises `StorageError`."""
    with open_release_view(database, code, release_size) as campaign:
        is_empty = True
        for comment in campaign.iter_comments(state):
            is_empty = False
            yield f"{comment.id}  {comment.question}"
            yield from (f"    {_replace_control_characters(line)}" for line in comment.text.splitlines())
    if is_empty:
        yield f"No comments of {code} are {state}. Comments on a question appear once there are {release_size} of them."


def set_state_and_report(database: Database, code: str, ids: Sequence[str], state: str) -> Iterator[str]:
    """Sets the state of these comments. Raises `StorageError`."""
    with database.transaction() as session:
        set_comment_state(session, code, ids, state)
        record_action(session, OPERATOR_ID, AUDIT_ACTIONS_BY_STATE[state], code)
    yield f"{format_count(len(ids), 'comment')}: {state}."


def redact_and_report(
    database: Database, code: str, release_size: int, comment: str, words: Sequence[str]
) -> Iterator[str]:
    """Hides all occurrences of these words in the comment. Raises `StorageError`, and has hidden none then."""
    with open_release_view(database, code, release_size) as campaign:
        stored_comment = campaign.find_comment(comment).comment
    if stored_comment is None:
        raise UnknownCommentError(comment)
    word_numbers = []
    for word in words:
        word_matches = find_word_numbers(stored_comment.text, word)
        if not word_matches:
            raise CommentWordNotFoundError(word)
        word_numbers += word_matches
    with database.transaction() as session:
        redact_comment_words(session, code, comment, word_numbers)
        record_action(session, OPERATOR_ID, "redacted", code)
    yield f"{format_count(len(words), 'word')}: hidden."


def restore_and_report(database: Database, code: str, comment: str) -> Iterator[str]:
    """Shows all hidden words of the comment again. Raises `StorageError`."""
    with database.transaction() as session:
        restore_comment_words(session, code, comment)
        record_action(session, OPERATOR_ID, "restored", code)
    yield "All words are shown."


def _replace_control_characters(line: str) -> str:
    # Anyone may have written it, and a terminal obeys control characters.
    return "".join(character if character.isprintable() else " " for character in line)
