"""A flow's words and the bot's own, in one language: the small sentences that messages are made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from html import escape

from bot.says import Button
from bot.words import date_in, spoken
from flows.buttons import carried
from flows.definition import Flow, Place
from flows.linter import choice_args
from flows.loading import load, words_of
from flows.run import Tapped
from flows.wording import Value, Wording
from storage.outbox import Saying


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
