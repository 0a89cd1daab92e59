"""What coordinators are told who read comments: events that name a comment, and hold none of its words.

What it says is looked up when it is said: it may have been taken back meanwhile.
"""

import re
from dataclasses import dataclass
from typing import Literal

_POSITION_PATTERN = re.compile(
    r"(?P<code>[a-z0-9_-]+)-(?P<comment>[0-9a-f]{32}|)-(?P<state>[naw])(?P<word>[0-9]{0,3})(t(?P<shown>[0-9a-z]{3}))?"
)
STATES_BY_LETTER = {"n": "new", "a": "approved", "w": "withheld"}
BASE36_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
CLOCK_PERIOD_TENTHS = (
    len(BASE36_DIGITS) ** 3
)  # tenths of a second, until a moment looks the same again: there is room for three signs


@dataclass(frozen=True, slots=True)
class CommentPosition:
    """Where somebody reads: a campaign's comments in this state, at one of them (`comment` is empty: before the first),
    at one of its words. `shown`: the moment when it was shown so, for buttons that are not to be pressed at once.
    """

    campaign: str
    state: str
    comment_id: str = ""
    word_number: int = 0
    shown_at: str = ""


def encode_position(position: CommentPosition) -> str:
    """What a button there carries."""
    return f"{position.campaign}-{position.comment_id}-{position.state[0]}{position.word_number or ''}{'t' * bool(position.shown_at)}{position.shown_at}"


def parse_position(value: str) -> CommentPosition | None:
    """Where the button stood that carries this; None where it is none of ours."""
    match = _POSITION_PATTERN.fullmatch(value)
    if not match:
        return None
    state, word = STATES_BY_LETTER[match["state"]], int(match["word"] or 0)
    return CommentPosition(match["code"], state, match["comment"], word, match["shown"] or "")


def encode_time(now: float) -> str:
    """A moment (seconds since 1970) in three signs: it looks the same again after more than an hour."""
    tenths = int(now * 10) % CLOCK_PERIOD_TENTHS
    rest, last = divmod(tenths, len(BASE36_DIGITS))
    first, middle = divmod(rest, len(BASE36_DIGITS))
    return BASE36_DIGITS[first] + BASE36_DIGITS[middle] + BASE36_DIGITS[last]


def seconds_since(shown_at: str, now: float) -> float:
    """How long ago that moment was, if it was within the hour."""
    return (int(now * 10) - int(shown_at, len(BASE36_DIGITS))) % CLOCK_PERIOD_TENTHS / 10


@dataclass(frozen=True, slots=True)
class NextCommentShown:
    """The next comment is to be read. `judged`: the one before was, which can be undone; `gone`: it is no more."""

    position: CommentPosition
    can_undo: bool = False
    is_missing: bool = False
    kind: Literal["next_comment_shown"] = "next_comment_shown"


@dataclass(frozen=True, slots=True)
class CommentModerated:
    """A comment was approved, withheld, or made new again; the message that it was shown in says so. `again`: it was so
    already, and the next one may be in the chat.
    """

    position: CommentPosition
    state: str
    is_unchanged: bool = False
    kind: Literal["comment_moderated"] = "comment_moderated"


@dataclass(frozen=True, slots=True)
class ModerationIgnored:
    """A comment was to be judged as soon as it was shown: nobody can have read it. Nothing was done."""

    kind: Literal["moderation_ignored"] = "moderation_ignored"


@dataclass(frozen=True, slots=True)
class ModerationUndone:
    """What was thought of a comment before, counts again; the comment is shown anew."""

    position: CommentPosition
    kind: Literal["moderation_undone"] = "moderation_undone"


@dataclass(frozen=True, slots=True)
class RedactionWordsShown:
    """The words of a comment are to be chosen from, which to hide: those around the one at `at`."""

    position: CommentPosition
    kind: Literal["redaction_words_shown"] = "redaction_words_shown"


@dataclass(frozen=True, slots=True)
class WordsRedacted:
    """The words to hide were chosen; the message shows the comment again, and asks what is thought of it."""

    position: CommentPosition
    kind: Literal["words_redacted"] = "words_redacted"


ModerationEvent = (
    NextCommentShown | CommentModerated | ModerationIgnored | ModerationUndone | RedactionWordsShown | WordsRedacted
)
