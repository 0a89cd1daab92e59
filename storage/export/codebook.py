"""The codebook: what each column of each table holds and what its codes mean, from the flow and its texts. Pure.

Questions are worded as they are asked of people who answer for themselves.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from flows.disclosure_control import SUPPRESSED
from flows.linter import build_choice_arguments
from flows.loader import load_localization, load_walk
from flows.localization import Localization
from flows.schema import Flow, Step

TOTAL = "total"
NO_ANSWER_TEXT_KEYS = {
    "skipped": "skipped",
    "not_asked": "not_asked",
    SUPPRESSED: "suppressed",
}  # {code: key of its text}
UNIT_TEXT_KEYS = {"version": "unit_version", "release": "unit_release", "count": "unit_count", "rows": "unit_rows"}
CODES_BY_COLUMN = {
    "in_words": ("most", "about_half", "some"),
    "state": ("new", "approved"),
    "reason": ("few", "alike", "few_comments", "held_back"),
}


@dataclass(frozen=True, slots=True)
class ColumnCode:
    """A code and its label. `is_missing`: it is no value to calculate with."""

    code: str
    label: str
    is_missing: bool = False


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """A column: its name, what it holds, its codes.

    A column with a unit holds numbers, and codes for missing ones. A question has a short name, as in the chat and in
    charts.
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
        return [code.code for code in self.codes if code.is_missing]

    def get_label(self, code: str) -> str:
        """Returns the label of a code, or the code itself if it has none."""
        return next((one.label for one in self.codes if one.code == code), code)


@dataclass(frozen=True, slots=True)
class Codebook:
    """Describes the columns of one flow's exports in one language."""

    flow: Flow
    flow_texts: Localization
    export_texts: Localization

    def build_columns(self, names: Iterable[str]) -> tuple[ExportColumn, ...]:
        """Builds columns for ids of questions and for other names of columns."""
        steps_by_id = self.flow.steps_by_id
        return tuple(
            self._build_question_column(steps_by_id[name]) if name in steps_by_id else self._build_other_column(name)
            for name in names
        )

    def get_short_name(self, question: str) -> str:
        return self.flow_texts.format_text(f"{question}.name")

    def get_answer_label(self, question: str, code: str) -> str:
        """Returns what a code means as an answer to this question, or as its total."""
        if code == TOTAL:
            return self.export_texts.format_text(TOTAL)
        return self._build_question_column(self.flow.steps_by_id[question]).get_label(code)

    def find_scale_ends(self) -> tuple[int, int] | None:
        """Returns the worst and the best point of all scales; None if they differ from question to question."""
        ends = {(min(question.points), max(question.points)) for question in self.flow.questions if question.is_scale}
        return ends.pop() if len(ends) == 1 else None

    def describe_scales(self, key: str) -> str:
        """Returns the text with this key, which names the ends of all scales; if they differ, the one for that."""
        ends = self.find_scale_ends()
        return self._format_scale(key, ends) if ends else self.export_texts.format_text(f"{key}_mixed")

    def _format_scale(self, key: str, points: Iterable[int]) -> str:
        worst, *_, best = sorted(points)
        return self.export_texts.format_text(key, {"worst": str(worst), "best": str(best)})

    def _build_question_column(self, question: Step) -> ExportColumn:
        choice_codes = [
            ColumnCode(
                choice.code,
                self.flow_texts.format_text(f"{question.id}.{choice.key}"),
                is_missing=question.is_scale and choice.point is None,
            )
            for choice in question.choices
        ]
        question_text = strip_markup(self.flow_texts.format_text(question.id, build_choice_arguments(self.flow, {})))
        unit = self._format_scale("unit_point", question.points) if question.is_scale else ""
        codes = (*choice_codes, *self._build_missing_codes(*NO_ANSWER_TEXT_KEYS))
        return ExportColumn(question.id, question_text, codes, unit, self.get_short_name(question.id))

    def _build_other_column(self, name: str) -> ExportColumn:
        label = self.export_texts.format_text(name)
        if name in UNIT_TEXT_KEYS:
            unit = self.export_texts.format_text(UNIT_TEXT_KEYS[name])
            return ExportColumn(name, label, self._build_missing_codes(SUPPRESSED), unit)
        if name == "language":
            return ExportColumn(name, label, self._build_language_codes())
        codes = [ColumnCode(code, self.export_texts.format_text(code)) for code in CODES_BY_COLUMN.get(name, ())]
        return ExportColumn(name, label, tuple(codes))

    def _build_language_codes(self) -> tuple[ColumnCode, ...]:
        language_codes = [ColumnCode(code, self._format_language(code)) for code in self.flow.labels]
        # Not marked as missing: frictionless would take a row with nothing but missing values for an empty one.
        suppressed_code = ColumnCode(SUPPRESSED, self.export_texts.format_text(NO_ANSWER_TEXT_KEYS[SUPPRESSED]))
        return (*language_codes, suppressed_code)

    def _build_missing_codes(self, *codes: str) -> tuple[ColumnCode, ...]:
        return tuple(
            ColumnCode(code, self.export_texts.format_text(NO_ANSWER_TEXT_KEYS[code]), is_missing=True)
            for code in codes
        )

    def _format_language(self, code: str) -> str:
        key = f"language-{code}"
        return self.export_texts.format_text(key) if self.export_texts.has_text(key) else code


@cache
def load_codebook(flow_name: str) -> Codebook:
    """Returns the codebook of a flow in the library, in the flow's own language."""
    flow = load_walk(flow_name).flow
    return Codebook(flow, load_localization(flow_name, flow.language), load_export_texts(flow.language))


@cache
def load_export_texts(language: str) -> Localization:
    """Returns the texts of exports in this language; those that are missing are English."""
    folder = files("storage.export") / "wording"
    texts_by_language = [(code, folder / f"{code}.ftl") for code in dict.fromkeys((language, "en"))]
    return Localization(language, [(name, file) for name, file in texts_by_language if file.is_file()])


def strip_markup(text: str) -> str:
    """Returns a text of the chat on one line, without HTML tags."""
    return " ".join(re.sub(r"<[^>]+>", "", text).split())
