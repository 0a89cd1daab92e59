"""What the bot says around a flow, one Fluent file a language; English has every text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from html import escape, unescape
from importlib.resources import files

from bot.render.messages import Button
from flows.callback_data import carried
from flows.linter import choice_args
from flows.loader import load, words_of
from flows.localization import Value, Wording
from flows.models import Tapped
from flows.schema import Flow, Place
from storage.conversations.outbox import Saying

FIRST = "en"


@cache
def spoken(language: str) -> Wording:
    """The bot's own words in this language, falling back to English text by text."""
    order = [language, FIRST] if language != FIRST else [FIRST]
    folder = files("bot.render") / "wording"
    found = [(name, file) for name in order if (file := folder / f"{name}.ftl").is_file()]
    return Wording(language, found)


def date_in(words: Wording, day: date) -> str:
    """A day, written out in this language: 1 March 2027."""
    return words.text("date", {"day": day.day, "month": day.month, "year": str(day.year)})


def plain(html: str) -> str:
    """A text without its tags."""
    return unescape(re.sub(r"<[^>]+>", "", html))


def language_for(code: str | None, known: set[str] | frozenset[str], otherwise: str) -> str:
    """The language to begin in: the phone's (`en-GB` counts as `en`), where the flow has it."""
    short = (code or "").split("-")[0].casefold()
    return short if short in known else otherwise


# @@DOC A flow's words and the bot's own, in one language: the small sentences that messages are made of.
@dataclass(frozen=True, slots=True)
class Promises:
    """What is promised to people, and set by the operator: the days that a place is kept, and how many responses
    become visible together.
    """

    days: int = 30
    together: int = 10

    @property
    def args(self) -> dict[str, Value]:
        """As texts name them."""
        return {"days": self.days, "others": self.together - 1, "together": self.together}


@dataclass(frozen=True, slots=True)
class Voice:
    """One flow in one language, speaking to one run."""

    flow: Flow
    words: Wording  # the flow's
    own: Wording  # the bot's
    run: str
    me: str = ""  # the bot's username
    promises: Promises = Promises()
    about: str = ""  # what the campaign is about
    today: date | None = None  # None: nothing is past

    def say(self, key: str, args: Mapping[str, Value] | None = None) -> str:
        """The bot's own text, or the one for what this flow gives. Arguments must be safe HTML already."""
        return self.own.text(self._fitting(key), {**self.promises.args, **args} if args else self.promises.args)

    def chosen(self, label: str) -> str:
        """What was chosen, as it stands under its question."""
        return self.own.known(self._fitting("chosen"), {"label": label})

    def _fitting(self, key: str) -> str:
        fitting = f"{key}_{self.flow.gives}"
        return fitting if self.own.has(fitting) else key

    def subject(self, about: str) -> str:
        """What a campaign is about, safe as HTML; where it does not say, in general words."""
        return escape(about) or self.say("about_anything")

    def is_past(self, day: date) -> bool:
        """Whether this day is over."""
        return self.today is not None and day < self.today

    def date(self, day: date) -> str:
        """A day, written out: 1 March 2027."""
        return date_in(self.own, day)

    def tell(self, key: str) -> str:
        """The flow's own text."""
        return self.words.text(key, self.promises.args)

    def way(self, name: str) -> str:
        """The label of a way through the walk: skip, back …"""
        return self.words.text(name)

    def name(self, question: str) -> str:
        """The short name of a question."""
        return self.words.text(f"{question}.name")

    def label(self, question: str, choice_id: str) -> str:
        """The label of a choice; of a fork's way."""
        place = self.flow.by_id[question]
        choice = place.choice(choice_id)
        return self.words.text(f"{question}.{choice.key if choice else choice_id}")

    def answer(self, question: str, value: str | None) -> str:
        """An answer as a person would read it, safe as HTML."""
        if value is None:
            return self.say("skipped_label")
        kind = self.flow.by_id[question].kind
        return self.label(question, value) if kind == "choice" else f"“{escape(value)}”"

    def question(self, place: Place, chosen: Mapping[str, str]) -> str:
        """A place's text, as it stands in the chat: the key message first, its number before it."""
        about = {"about": escape(self.about)} if self.about else {}
        text = self.words.known(place.id, choice_args(self.flow, chosen) | about)
        if self.words.has(f"{place.id}.said"):
            text = f"<i>{self.words.text(f'{place.id}.said')}</i>\n\n{text}"
        if place.part is None:
            return text
        counted = self.flow.part(place.part)
        args: dict[str, Value] = {"number": counted.index(place) + 1, "total": len(counted), "text": text}
        return self.own.known(self._fitting("numbered"), args)

    def button(self, text: str, place: str, ask: int, act: str, value: str = "") -> Button:
        """A button of this run."""
        return Button(text, carried(Tapped(self.run, ask, place, act, value)))


def voice(saying: Saying, me: str = "", promises: Promises | None = None, today: date | None = None) -> Voice:
    """The voice that says this, on that day. `me` is the bot's own username."""
    flow, language = saying.flow, saying.language
    words, own = words_of(flow, language), spoken(language)
    return Voice(load(flow).flow, words, own, saying.run, me, promises or Promises(), saying.about, today)
