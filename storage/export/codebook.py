"""The codebook: each column of each table, from the flow and its words. Pure.

A question stands there as it was asked of those who answer for themselves.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from flows.linter import build_choice_arguments
from flows.loader import load_localization, load_walk
from flows.localization import Localization
from flows.schema import Flow, Step


# @@DOC What a column of a download holds, and what its codes mean.
@dataclass(frozen=True, slots=True)
class ColumnCode:
    """A code and what it means. `missing`: there is nothing to count with."""

    code: str
    label: str
    is_missing: bool = False


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """A column: its name, what it holds, its codes. Where it has a unit, it holds numbers, and codes for the rest.

    `short`: what a question is called in the chat and in the chart.
    """

    name: str
    label: str
    codes: tuple[ColumnCode, ...] = ()
    unit: str = ""
    short_name: str = ""

    @property
    def is_number(self) -> bool:
        return bool(self.unit)

    @property
    def missing_codes(self) -> list[str]:
        """The codes that are no value."""
        return [value.code for value in self.codes if value.is_missing]

    def get_label(self, code: str) -> str:
        """What a code means; the code itself where nothing says so."""
        return next((value.label for value in self.codes if value.code == code), code)


WITHHELD, TOTAL = "*", "total"
NO_ANSWER_TEXT_KEYS = {"skipped": "skipped", "not_asked": "not_asked", WITHHELD: "withheld"}  # code: its text
UNIT_TEXT_KEYS = {"version": "unit_version", "release": "unit_release", "count": "unit_count", "rows": "unit_rows"}
CODES_BY_COLUMN = {
    "in_words": ("most", "about_half", "some"),
    "state": ("new", "approved"),
    "reason": ("few", "alike", "few_comments", "held_back"),
}


@dataclass(frozen=True, slots=True)
class Codebook:
    """What is said of the columns of one flow's downloads, in one language."""

    flow: Flow
    flow_texts: Localization  # the flow's words
    export_texts: Localization  # what stands around them

    def build_columns(self, names: Iterable[str]) -> tuple[ExportColumn, ...]:
        """The columns of these names."""
        return tuple(
            self._build_question_column(self.flow.steps_by_id[name])
            if name in self.flow.steps_by_id
            else self._build_other_column(name)
            for name in names
        )

    def get_short_name(self, question: str) -> str:
        """A question's short name."""
        return self.flow_texts.format_text(f"{question}.name")

    def get_answer_label(self, question: str, code: str) -> str:
        """What a code says as an answer to this question."""
        return (
            self.export_texts.format_text(TOTAL)
            if code == TOTAL
            else self._build_question_column(self.flow.steps_by_id[question]).get_label(code)
        )

    def _build_question_column(self, question: Step) -> ExportColumn:
        choice_codes = [
            ColumnCode(
                choice.id,
                self.flow_texts.format_text(f"{question.id}.{choice.key}"),
                is_missing=question.is_scale and choice.score is None,
            )
            for choice in question.choices
        ]
        question_text = strip_markup(self.flow_texts.format_text(question.id, build_choice_arguments(self.flow, {})))
        unit = self.export_texts.format_text("unit_step") if question.is_scale else ""
        return ExportColumn(
            question.id,
            question_text,
            (*choice_codes, *self._build_no_answer_codes(*NO_ANSWER_TEXT_KEYS)),
            unit,
            self.get_short_name(question.id),
        )

    def _build_other_column(self, name: str) -> ExportColumn:
        if name in UNIT_TEXT_KEYS:
            return ExportColumn(
                name,
                self.export_texts.format_text(name),
                self._build_no_answer_codes(WITHHELD),
                self.export_texts.format_text(UNIT_TEXT_KEYS[name]),
            )
        if name == "language":
            language_codes = [ColumnCode(code, self._get_text(f"language-{code}", code)) for code in self.flow.labels]
            # Not missing here: a row with nothing in any column would count as no row (frictionless: blank-row).
            return ExportColumn(
                name,
                self.export_texts.format_text(name),
                (*language_codes, ColumnCode(WITHHELD, self.export_texts.format_text(NO_ANSWER_TEXT_KEYS[WITHHELD]))),
            )
        return ExportColumn(
            name,
            self.export_texts.format_text(name),
            tuple(ColumnCode(code, self.export_texts.format_text(code)) for code in CODES_BY_COLUMN.get(name, ())),
        )

    def _build_no_answer_codes(self, *codes: str) -> tuple[ColumnCode, ...]:
        return tuple(
            ColumnCode(code, self.export_texts.format_text(NO_ANSWER_TEXT_KEYS[code]), is_missing=True)
            for code in codes
        )

    def _get_text(self, key: str, default: str) -> str:
        return self.export_texts.format_text(key) if self.export_texts.has_text(key) else default


@cache
def load_codebook(flow_name: str) -> Codebook:
    """The codebook of the downloads of a library's flow, in the flow's own language."""
    flow = load_walk(flow_name).flow
    return Codebook(flow, load_localization(flow_name, flow.language), load_export_texts(flow.language))


@cache
def load_export_texts(language: str) -> Localization:
    """What stands around the answers, in this language, falling back to English."""
    folder = files("storage.export") / "wording"
    texts_by_language = [(code, folder / f"{code}.ftl") for code in dict.fromkeys((language, "en"))]
    return Localization(language, [(name, file) for name, file in texts_by_language if file.is_file()])


def strip_markup(text: str) -> str:
    """A text of the chat on one line, without its marks."""
    return " ".join(re.sub(r"<[^>]+>", "", text).split())
