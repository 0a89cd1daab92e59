"""What coordinators are told who read comments: events that name a comment, and hold none of its words.

What it says is looked up when it is said: it may have been taken back meanwhile.
"""

import re
from dataclasses import dataclass
from typing import Literal

_AT = re.compile(
    r"(?P<code>[a-z0-9_-]+)-(?P<comment>[0-9a-f]{32}|)-(?P<state>[naw])(?P<word>[0-9]{0,3})(t(?P<shown>[0-9a-z]{3}))?"
)
STATES = {"n": "new", "a": "approved", "w": "withheld"}
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
AGAIN = len(DIGITS) ** 3  # tenths of a second, until a moment looks the same again: there is room for three signs


@dataclass(frozen=True, slots=True)
class At:
    """Where somebody reads: a campaign's comments in this state, at one of them (`comment` is empty: before the first),
    at one of its words. `shown`: the moment when it was shown so, for buttons that are not to be pressed at once.
    """

    campaign: str
    state: str
    comment: str = ""
    word: int = 0
    shown: str = ""


def value_at(at: At) -> str:
    """What a button there carries."""
    return f"{at.campaign}-{at.comment}-{at.state[0]}{at.word or ''}{'t' * bool(at.shown)}{at.shown}"


def at_of(value: str) -> At | None:
    """Where the button stood that carries this; None where it is none of ours."""
    found = _AT.fullmatch(value)
    if not found:
        return None
    state, word = STATES[found["state"]], int(found["word"] or 0)
    return At(found["code"], state, found["comment"], word, found["shown"] or "")


def moment(now: float) -> str:
    """A moment (seconds since 1970) in three signs: it looks the same again after more than an hour."""
    tenths = int(now * 10) % AGAIN
    rest, last = divmod(tenths, len(DIGITS))
    first, middle = divmod(rest, len(DIGITS))
    return DIGITS[first] + DIGITS[middle] + DIGITS[last]


def seconds_since(shown: str, now: float) -> float:
    """How long ago that moment was, if it was within the hour."""
    return (int(now * 10) - int(shown, len(DIGITS))) % AGAIN / 10


@dataclass(frozen=True, slots=True)
class ReadOn:
    """The next comment is to be read. `judged`: the one before was, which can be undone; `gone`: it is no more."""

    after: At
    judged: bool = False
    gone: bool = False
    kind: Literal["read_on"] = "read_on"


@dataclass(frozen=True, slots=True)
class CommentJudged:
    """A comment was approved, withheld, or made new again; the message that it was shown in says so. `again`: it was so
    already, and the next one may be in the chat.
    """

    at: At
    state: str
    again: bool = False
    kind: Literal["comment_judged"] = "comment_judged"


@dataclass(frozen=True, slots=True)
class JudgedUnread:
    """A comment was to be judged as soon as it was shown: nobody can have read it. Nothing was done."""

    kind: Literal["judged_unread"] = "judged_unread"


@dataclass(frozen=True, slots=True)
class JudgementUndone:
    """What was thought of a comment before, counts again; the comment is shown anew."""

    at: At
    kind: Literal["judgement_undone"] = "judgement_undone"


@dataclass(frozen=True, slots=True)
class WordsOffered:
    """The words of a comment are to be chosen from, which to hide: those around the one at `at`."""

    at: At
    kind: Literal["words_offered"] = "words_offered"


@dataclass(frozen=True, slots=True)
class WordsHidden:
    """The words to hide were chosen; the message shows the comment again, and asks what is thought of it."""

    at: At
    kind: Literal["words_hidden"] = "words_hidden"


ModerationEvent = ReadOn | CommentJudged | JudgedUnread | JudgementUndone | WordsOffered | WordsHidden
