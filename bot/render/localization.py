"""`Localizer`: the texts and buttons of one run in one language, from those of its flow and those of the bot.

The bot's own texts are Fluent files in `wording/`, one for each language; English has all of them.
"""

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


@dataclass(frozen=True, slots=True)
class PromiseSettings:
    """What the operator promises to people: for how many days an unfinished run is kept, and how many responses are
    released together at least.
    """

    retention_days: int = 30
    release_size: int = 10

    @property
    def text_args(self) -> dict[str, FluentValue]:
        """The arguments that every text may use."""
        return {"days": self.retention_days, "others": self.release_size - 1, "release_size": self.release_size}


@dataclass(frozen=True, slots=True)
class Localizer:
    """Texts and buttons for one run of a flow, in one language.

    `about` is the subject of the run's campaign. `today` decides which days are past; None: no day is.
    """

    flow: Flow
    flow_texts: Localization
    bot_texts: Localization
    run_id: str
    bot_username: str = ""
    promise_settings: PromiseSettings = PromiseSettings()
    about: str = ""
    today: date | None = None

    def get_text(self, key: str, args: Mapping[str, FluentValue] | None = None) -> str:
        """The bot's text, or its variant for what this flow gives. Arguments must be safe HTML already."""
        text_args = self.promise_settings.text_args
        return self.bot_texts.format_text(self._resolve_key(key), {**text_args, **args} if args else text_args)

    def format_chosen_label(self, label: str) -> str:
        """The chosen label, as it is shown below its question."""
        return self.bot_texts.format_cached(self._resolve_key("chosen"), {"label": label})

    def _resolve_key(self, key: str) -> str:
        specific_key = f"{key}_{self.flow.gives}"
        return specific_key if self.bot_texts.has_text(specific_key) else key

    def format_subject(self, about: str) -> str:
        """A campaign's subject as safe HTML, or general words if it has none."""
        return escape(about) or self.get_text("about_anything")

    def is_past(self, day: date) -> bool:
        return self.today is not None and day < self.today

    def format_date(self, day: date) -> str:
        """A day as "1 March 2027"."""
        return format_date(self.bot_texts, day)

    def get_flow_text(self, key: str) -> str:
        return self.flow_texts.format_text(key, self.promise_settings.text_args)

    def get_action_label(self, name: str) -> str:
        """The label of an action of the flow, such as *skip* or *back*."""
        return self.flow_texts.format_text(name)

    def get_question_name(self, question: str) -> str:
        """The short name of a question."""
        return self.flow_texts.format_text(f"{question}.name")

    def get_choice_label(self, question: str, choice_id: str) -> str:
        """The label of a question's choice, or of a fork's way."""
        choice = self.flow.steps_by_id[question].find_choice(choice_id)
        return self.flow_texts.format_text(f"{question}.{choice.key if choice else choice_id}")

    def format_answer(self, question: str, value: str | None) -> str:
        """An answer as safe HTML: the label of a choice, a quoted text, or *skipped*."""
        if value is None:
            return self.get_text("skipped_label")
        kind = self.flow.steps_by_id[question].kind
        return self.get_choice_label(question, value) if kind == "choice" else f"“{escape(value)}”"

    def format_step(self, step: Step, answers: Mapping[str, str]) -> str:
        """A step's text as it is shown in the chat, with its number and after its key message."""
        subject_args = {"about": escape(self.about)} if self.about else {}
        text = self.flow_texts.format_cached(step.id, build_choice_arguments(self.flow, answers) | subject_args)
        if self.flow_texts.has_text(f"{step.id}.said"):
            text = f"<i>{self.flow_texts.format_text(f'{step.id}.said')}</i>\n\n{text}"
        if step.part is None:
            return text
        part_steps = self.flow.find_questions(step.part)
        args: dict[str, FluentValue] = {"number": part_steps.index(step) + 1, "total": len(part_steps), "text": text}
        return self.bot_texts.format_cached(self._resolve_key("numbered"), args)

    # Callback data has these five parts, so a button needs all of them.
    def make_button(self, text: str, step: str, prompt: int, action: str, value: str = "") -> Button:
        """A button of this run."""
        return Button(text, encode_callback_data(Tap(self.run_id, prompt, step, action, value)))


def make_localizer(
    content: OutboxContent,
    bot_username: str = "",
    promise_settings: PromiseSettings | None = None,
    today: date | None = None,
) -> Localizer:
    """The localizer for an outbox entry's content."""
    return Localizer(
        load_walk(content.flow).flow,
        load_localization(content.flow, content.language),
        load_bot_texts(content.language),
        content.run_id,
        bot_username,
        promise_settings or PromiseSettings(),
        content.about,
        today,
    )


@cache
def load_bot_texts(language: str) -> Localization:
    """The bot's own texts in this language, with the English ones for those that it lacks."""
    languages = [language, DEFAULT_LANGUAGE] if language != DEFAULT_LANGUAGE else [DEFAULT_LANGUAGE]
    folder = files("bot.render") / "wording"
    language_files = [(name, file) for name in languages if (file := folder / f"{name}.ftl").is_file()]
    return Localization(language, language_files)


def format_date(texts: Localization, day: date) -> str:
    """A day in this language, such as "1 March 2027"."""
    return texts.format_text("date", {"day": day.day, "month": day.month, "year": str(day.year)})


def strip_tags(html: str) -> str:
    """HTML as plain text."""
    return unescape(re.sub(r"<[^>]+>", "", html))


def choose_language(language_code: str | None, available: set[str] | frozenset[str], default: str) -> str:
    """The language of the person's phone (`en-GB` counts as `en`) if it is available, else the default."""
    short_code = (language_code or "").split("-")[0].casefold()
    return short_code if short_code in available else default
