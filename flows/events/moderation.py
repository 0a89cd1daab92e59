"""Moderation of comments by coordinators: events that name a comment and hold none of its text.

The text is looked up on delivery, because the comment may have been withdrawn in the meantime. The buttons carry a
`CommentPosition`, which this module encodes.
"""

import re
from dataclasses import dataclass
from typing import Literal

STATES_BY_LETTER = {"n": "new", "a": "approved", "w": "withheld"}
BASE36_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
CLOCK_PERIOD_TENTHS = len(BASE36_DIGITS) ** 3  # tenths of a second until an encoded time (three digits) repeats
_POSITION_PATTERN = re.compile(
    r"(?P<code>[a-z0-9_-]+)-(?P<comment>[0-9a-f]{32}|)-(?P<state>[naw])(?P<word>[0-9]{0,3})(t(?P<shown>[0-9a-z]{3}))?"
)


@dataclass(frozen=True, slots=True)
class CommentPosition:
    """A coordinator's place among a campaign's comments in one state.

    `comment_id` is the comment (empty: before the first), `word_number` a word in it. `shown_at` is when the comment
    was shown, encoded: its buttons count only after the time that it takes to read.
    """

    campaign: str
    state: str
    comment_id: str = ""
    word_number: int = 0
    shown_at: str = ""


def encode_position(position: CommentPosition) -> str:
    """The position as the value of a button."""
    shown_at = f"t{position.shown_at}" if position.shown_at else ""
    return f"{position.campaign}-{position.comment_id}-{position.state[0]}{position.word_number or ''}{shown_at}"


def parse_position(value: str) -> CommentPosition | None:
    """The position in a button's value; None where the bot never made such a value."""
    match = _POSITION_PATTERN.fullmatch(value)
    if not match:
        return None
    state, word = STATES_BY_LETTER[match["state"]], int(match["word"] or 0)
    return CommentPosition(match["code"], state, match["comment"], word, match["shown"] or "")


def encode_time(now: float) -> str:
    """A time (seconds since 1970) in three digits, which repeat after 78 minutes."""
    tenths = int(now * 10) % CLOCK_PERIOD_TENTHS
    rest, last = divmod(tenths, len(BASE36_DIGITS))
    first, middle = divmod(rest, len(BASE36_DIGITS))
    return BASE36_DIGITS[first] + BASE36_DIGITS[middle] + BASE36_DIGITS[last]


def seconds_since(shown_at: str, now: float) -> float:
    """The seconds since an encoded time, if that is less than 78 minutes ago."""
    return (int(now * 10) - int(shown_at, len(BASE36_DIGITS))) % CLOCK_PERIOD_TENTHS / 10


@dataclass(frozen=True, slots=True)
class NextCommentShown:
    """The next comment to moderate.

    `can_undo`: the decision on the one before can be undone. `is_missing`: the one before no longer exists.
    """

    position: CommentPosition
    can_undo: bool = False
    is_missing: bool = False
    kind: Literal["next_comment_shown"] = "next_comment_shown"


@dataclass(frozen=True, slots=True)
class CommentModerated:
    """A comment was approved, withheld or made new again, and its message says so.

    `is_unchanged`: it was in this state already, and the next comment may be in the chat.
    """

    position: CommentPosition
    state: str
    is_unchanged: bool = False
    kind: Literal["comment_moderated"] = "comment_moderated"


@dataclass(frozen=True, slots=True)
class ModerationIgnored:
    """A button was tapped sooner than the comment can be read. Nothing was done."""

    kind: Literal["moderation_ignored"] = "moderation_ignored"


@dataclass(frozen=True, slots=True)
class ModerationUndone:
    """A decision was undone; the comment is shown again."""

    position: CommentPosition
    kind: Literal["moderation_undone"] = "moderation_undone"


@dataclass(frozen=True, slots=True)
class RedactionWordsShown:
    """The coordinator was asked which words of a comment to redact: those around `position.word_number`."""

    position: CommentPosition
    kind: Literal["redaction_words_shown"] = "redaction_words_shown"


@dataclass(frozen=True, slots=True)
class WordsRedacted:
    """Words were redacted; the message shows the comment again, to be decided on."""

    position: CommentPosition
    kind: Literal["words_redacted"] = "words_redacted"


ModerationEvent = (
    NextCommentShown | CommentModerated | ModerationIgnored | ModerationUndone | RedactionWordsShown | WordsRedacted
)
