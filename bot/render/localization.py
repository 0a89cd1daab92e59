"""What the bot says around a flow, one Fluent file a language; English has every text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from html import escape, unescape
from importlib.resources import files

from bot.render.messages import Button
from flows.callback_data import encode_callback_data
from flows.linter import build_choice_arguments
from flows.loader import load_localization, load_walk
from flows.localization import FluentValue, Localization
from flows.models import Tap
from flows.schema import Flow, Step
from storage.conversations.outbox import OutboxContent

DEFAULT_LANGUAGE = "en"


@cache
def load_bot_texts(language: str) -> Localization:
    """The bot's own words in this language, falling back to English text by text."""
    languages = [language, DEFAULT_LANGUAGE] if language != DEFAULT_LANGUAGE else [DEFAULT_LANGUAGE]
    folder = files("bot.render") / "wording"
    language_files = [(name, file) for name in languages if (file := folder / f"{name}.ftl").is_file()]
    return Localization(language, language_files)


def format_date(texts: Localization, day: date) -> str:
    """A day, written out in this language: 1 March 2027."""
    return texts.format_text("date", {"day": day.day, "month": day.month, "year": str(day.year)})


def strip_tags(html: str) -> str:
    """A text without its tags."""
    return unescape(re.sub(r"<[^>]+>", "", html))


def choose_language(language_code: str | None, available: set[str] | frozenset[str], default: str) -> str:
    """The language to begin in: the phone's (`en-GB` counts as `en`), where the flow has it."""
    short_code = (language_code or "").split("-")[0].casefold()
    return short_code if short_code in available else default


# @@DOC A flow's words and the bot's own, in one language: the small sentences that messages are made of.
@dataclass(frozen=True, slots=True)
class PromiseSettings:
    """What is promised to people, and set by the operator: the days that a place is kept, and how many responses
    become visible together.
    """

    retention_days: int = 30
    release_size: int = 10

    @property
    def text_args(self) -> dict[str, FluentValue]:
        """As texts name them."""
        return {"days": self.retention_days, "others": self.release_size - 1, "together": self.release_size}


@dataclass(frozen=True, slots=True)
class Localizer:
    """One flow in one language, speaking to one run."""

    flow: Flow
    flow_texts: Localization  # the flow's
    bot_texts: Localization  # the bot's
    run_id: str
    bot_username: str = ""  # the bot's username
    promise_settings: PromiseSettings = PromiseSettings()
    about: str = ""  # what the campaign is about
    today: date | None = None  # None: nothing is past

    def get_text(self, key: str, args: Mapping[str, FluentValue] | None = None) -> str:
        """The bot's own text, or the one for what this flow gives. Arguments must be safe HTML already."""
        return self.bot_texts.format_text(
            self._resolve_key(key),
            {**self.promise_settings.text_args, **args} if args else self.promise_settings.text_args,
        )

    def format_chosen_label(self, label: str) -> str:
        """What was chosen, as it stands under its question."""
        return self.bot_texts.format_cached(self._resolve_key("chosen"), {"label": label})

    def _resolve_key(self, key: str) -> str:
        specific_key = f"{key}_{self.flow.gives}"
        return specific_key if self.bot_texts.has_text(specific_key) else key

    def format_subject(self, about: str) -> str:
        """What a campaign is about, safe as HTML; where it does not say, in general words."""
        return escape(about) or self.get_text("about_anything")

    def is_past(self, day: date) -> bool:
        """Whether this day is over."""
        return self.today is not None and day < self.today

    def format_date(self, day: date) -> str:
        """A day, written out: 1 March 2027."""
        return format_date(self.bot_texts, day)

    def get_flow_text(self, key: str) -> str:
        """The flow's own text."""
        return self.flow_texts.format_text(key, self.promise_settings.text_args)

    def get_action_label(self, name: str) -> str:
        """The label of a way through the walk: skip, back …"""
        return self.flow_texts.format_text(name)

    def get_question_name(self, question: str) -> str:
        """The short name of a question."""
        return self.flow_texts.format_text(f"{question}.name")

    def get_choice_label(self, question: str, choice_id: str) -> str:
        """The label of a choice; of a fork's way."""
        step = self.flow.steps_by_id[question]
        choice = step.find_choice(choice_id)
        return self.flow_texts.format_text(f"{question}.{choice.key if choice else choice_id}")

    def format_answer(self, question: str, value: str | None) -> str:
        """An answer as a person would read it, safe as HTML."""
        if value is None:
            return self.get_text("skipped_label")
        kind = self.flow.steps_by_id[question].kind
        return self.get_choice_label(question, value) if kind == "choice" else f"“{escape(value)}”"

    def format_step(self, step: Step, answers: Mapping[str, str]) -> str:
        """A place's text, as it stands in the chat: the key message first, its number before it."""
        subject_args = {"about": escape(self.about)} if self.about else {}
        text = self.flow_texts.format_cached(step.id, build_choice_arguments(self.flow, answers) | subject_args)
        if self.flow_texts.has_text(f"{step.id}.said"):
            text = f"<i>{self.flow_texts.format_text(f'{step.id}.said')}</i>\n\n{text}"
        if step.part is None:
            return text
        part_steps = self.flow.find_questions(step.part)
        args: dict[str, FluentValue] = {"number": part_steps.index(step) + 1, "total": len(part_steps), "text": text}
        return self.bot_texts.format_cached(self._resolve_key("numbered"), args)

    def make_button(self, text: str, step: str, prompt: int, action: str, value: str = "") -> Button:
        """A button of this run."""
        return Button(text, encode_callback_data(Tap(self.run_id, prompt, step, action, value)))


def make_localizer(
    content: OutboxContent,
    bot_username: str = "",
    promise_settings: PromiseSettings | None = None,
    today: date | None = None,
) -> Localizer:
    """The voice that says this, on that day. `me` is the bot's own username."""
    flow_id, language = content.flow, content.language
    flow_texts, bot_texts = load_localization(flow_id, language), load_bot_texts(language)
    return Localizer(
        load_walk(flow_id).flow,
        flow_texts,
        bot_texts,
        content.run_id,
        bot_username,
        promise_settings or PromiseSettings(),
        content.about,
        today,
    )
