"""What coordinators are told who read comments, once it was looked up. Pure, but for the moment that buttons carry."""

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from html import escape

from bot.render.buttons import JUDGED
from bot.render.localization import Voice
from bot.render.messages import Alert, Button, Instead, Message, OfComment
from flows.callback_data import carried
from flows.events import moderation
from flows.events.moderation import STATES, At, moment, value_at
from flows.loader import words_of
from flows.models import Tapped
from storage.anonymity.comments import NEW, Kept, Looked
from storage.anonymity.moderation import Word, hide, to_choose

PAGE = 45  # words to choose from in one message: Telegram takes 100 buttons
ROW, ROW_LENGTH = 4, 22  # words in a row, and their characters: as wide as a small phone
LONGEST_LABEL = 30
WAYS = {"new": ("approve", "withhold"), "approved": ("withhold", "renew"), "withheld": ("approve", "renew")}


def tell_review(event: moderation.ModerationEvent, voice: Voice) -> OfComment | Instead | Alert:
    """What is said of one event. The tapped message changes, or a new one comes."""
    match event:
        case moderation.ReadOn(after=at):
            return _of(at, partial(_next, event, voice), voice, following=True)
        case moderation.JudgementUndone(at=at):
            return _of(at, partial(_shown, at, voice, "review_undone"), voice)
        case moderation.CommentJudged(at=at):
            return Instead(_of(at, partial(_judged, event, voice), voice))
        case moderation.JudgedUnread():
            return Alert(voice.say("review_unread"))
        case moderation.WordsOffered(at=at):
            return Instead(_of(at, partial(_words, at, voice), voice))
        case moderation.WordsHidden(at=at):
            return Instead(_of(at, partial(_shown, at, voice, ""), voice))


def _of(at: At, say: Callable[[Looked], Message], voice: Voice, *, following: bool = False) -> OfComment:
    away = Message(voice.say("results_away"), (_to_page(at, voice),))
    return OfComment(at, lambda looked: say(looked) if looked else away, following)


def _next(event: moderation.ReadOn, voice: Voice, looked: Looked) -> Message:
    """The next comment, or that there is none."""
    undo = (_button("undo", event.after, voice, beside=looked.comment is not None),) if event.judged else ()
    notice = "review_gone" if event.gone else ""
    if looked.comment:
        return _asked(event.after, looked.comment, looked, voice, notice, undo)
    end = _end(event.after, looked, voice)
    return Message(_together(voice, notice, end.text), (*undo, *end.buttons))


def _shown(at: At, voice: Voice, notice: str, looked: Looked) -> Message:
    """The comment that stands there."""
    return _asked(at, looked.comment, looked, voice, notice) if looked.comment else _gone(at, voice)


def _gone(at: At, voice: Voice) -> Message:
    return Message(voice.say("review_gone"), (_on(at, voice), _to_page(at, voice)))


def _asked(at: At, kept: Kept, looked: Looked, voice: Voice, notice: str, undo: Sequence[Button] = ()) -> Message:
    """A comment, and what one may think of it. Each button stands where it stood under the one before: *Undo* takes no
    row of its own.
    """
    here = At(at.campaign, at.state, kept.id, shown=moment(time.time()))
    left = voice.say(f"review_left_{at.state}", {"number": looked.after + 1})
    ways = (_button(act, here, voice) for act in (*WAYS[at.state], "words", "next"))
    text = _together(voice, notice, f"{left}\n\n{_quoted(kept, voice)}")
    return Message(text, (*ways, *undo, _to_page(at, voice)))


def _judged(event: moderation.CommentJudged, voice: Voice, looked: Looked) -> Message:
    on = (_on(event.at, voice),) if event.again else ()
    if not looked.comment:
        return Message(voice.say("review_gone"), on)
    return Message(f"{_quoted(looked.comment, voice)}\n\n{voice.say(f'review_judged_{event.state}')}", on)


def _end(at: At, looked: Looked, voice: Voice) -> Message:
    """All were read. What was left for later, and what was judged, can be looked at again."""
    many = looked.many
    if not any(many.values()):
        return Message(voice.say("review_none"), (_to_page(at, voice),))
    left = many.get(at.state, 0)
    text = f"{voice.say(f'review_end_{at.state}', {'number': left})}\n\n{voice.say('review_again')}"
    again = (_pile(at.campaign, state, many.get(state, 0), voice) for state in STATES.values() if many.get(state))
    return Message(text, (*again, _to_page(at, voice)))


def _words(at: At, voice: Voice, looked: Looked) -> Message:
    """A comment's words as buttons, a page of them."""
    if not looked.comment:
        return _gone(at, voice)
    kept, there = looked.comment, to_choose(looked.comment.words)
    page = next((place for place, word in enumerate(there) if word.number >= at.word), 0) // PAGE * PAGE
    buttons = [*_grid(there[page : page + PAGE], at, kept, voice), *_pages(there, page, at, voice)]
    if kept.hidden:
        buttons.append(_button("bare", at, voice))
    return Message(f"{_quoted(kept, voice)}\n\n{voice.say('review_choose')}", (*buttons, _button("chosen", at, voice)))


def _grid(words: Sequence[Word], at: At, kept: Kept, voice: Voice) -> Iterator[Button]:
    """Several in a row, as many as are read easily."""
    many, length = ROW, ROW_LENGTH
    for word in words:
        label = word.text if len(word.text) <= LONGEST_LABEL else f"{word.text[: LONGEST_LABEL - 1]}…"
        beside = many < ROW and length + len(label) <= ROW_LENGTH
        many, length = (many + 1, length + len(label)) if beside else (1, len(label))
        hidden = word.number in kept.hidden
        text = voice.say("review_hidden", {"word": label}) if hidden else label
        there = At(at.campaign, at.state, at.comment, word.number)
        yield Button(text, _there("unhide" if hidden else "hide", there), beside=beside)


def _pages(words: Sequence[Word], page: int, at: At, voice: Voice) -> Iterator[Button]:
    for key, first in (("review_words_before", page - PAGE), ("review_words_after", page + PAGE)):
        if 0 <= first < len(words):
            there = At(at.campaign, at.state, at.comment, words[first].number)
            yield Button(voice.say(key), _there("words", there))


def _quoted(kept: Kept, voice: Voice) -> str:
    """The question's short name, and the words without those that are hidden."""
    own = words_of(kept.flow, voice.own.language)
    name = own.text(f"{kept.question}.name") if own.has(f"{kept.question}.name") else ""
    words = escape(hide(kept.words, kept.hidden), quote=False)
    return voice.say("review_comment", {"question": name, "words": words})


def _pile(campaign: str, state: str, many: int, voice: Voice) -> Button:
    label = voice.say(f"review_see_{state}", {"number": many})
    return Button(label, _there("next", At(campaign, state)))


def _button(act: str, at: At, voice: Voice, *, beside: bool = False) -> Button:
    name = "review_later" if act == "next" and at.state == NEW else f"review_{act}"
    shown = at.shown if act in JUDGED else ""
    return Button(voice.say(name), _there(act, At(at.campaign, at.state, at.comment, shown=shown)), beside=beside)


def _on(at: At, voice: Voice) -> Button:
    return Button(voice.say("review_on"), _there("next", At(at.campaign, at.state, at.comment)))


def _there(act: str, at: At) -> str:
    return carried(Tapped("", 0, "", act, value_at(at)))


def _to_page(at: At, voice: Voice) -> Button:
    return Button(voice.say("review_page"), carried(Tapped("", 0, "", "desk_page", at.campaign)))


def _together(voice: Voice, notice: str, text: str) -> str:
    return f"{voice.say(notice)}\n\n{text}" if notice else text
