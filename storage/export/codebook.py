"""The codebook: each column of each table, from the flow and its words. Pure.

A question stands there as it was asked of those who answer for themselves.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from flows.linter import choice_args
from flows.loader import load, words_of
from flows.localization import Wording
from flows.schema import Flow, Place


# @@DOC What a column of a download holds, and what its codes mean.
@dataclass(frozen=True, slots=True)
class Value:
    """A code and what it means. `missing`: there is nothing to count with."""

    code: str
    label: str
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, what it holds, its codes. Where it has a unit, it holds numbers, and codes for the rest.

    `short`: what a question is called in the chat and in the chart.
    """

    name: str
    label: str
    codes: tuple[Value, ...] = ()
    unit: str = ""
    short: str = ""

    @property
    def is_number(self) -> bool:
        return bool(self.unit)

    @property
    def missing(self) -> list[str]:
        """The codes that are no value."""
        return [value.code for value in self.codes if value.missing]

    def label_of(self, code: str) -> str:
        """What a code means; the code itself where nothing says so."""
        return next((value.label for value in self.codes if value.code == code), code)


WITHHELD, TOTAL = "*", "total"
NO_ANSWER = {"skipped": "skipped", "not_asked": "not_asked", WITHHELD: "withheld"}  # code: its text
UNITS = {"version": "unit_version", "release": "unit_release", "count": "unit_count", "rows": "unit_rows"}
CODES = {
    "in_words": ("most", "about_half", "some"),
    "state": ("new", "approved"),
    "reason": ("few", "alike", "few_comments", "held_back"),
}


@dataclass(frozen=True, slots=True)
class Codebook:
    """What is said of the columns of one flow's downloads, in one language."""

    flow: Flow
    asked: Wording  # the flow's words
    own: Wording  # what stands around them

    def columns(self, names: Iterable[str]) -> tuple[Column, ...]:
        """The columns of these names."""
        return tuple(
            self._question(self.flow.by_id[name]) if name in self.flow.by_id else self._other(name) for name in names
        )

    def name_of(self, question: str) -> str:
        """A question's short name."""
        return self.asked.text(f"{question}.name")

    def answer(self, question: str, code: str) -> str:
        """What a code says as an answer to this question."""
        return self.own.text(TOTAL) if code == TOTAL else self._question(self.flow.by_id[question]).label_of(code)

    def _question(self, place: Place) -> Column:
        offered = [
            Value(
                choice.id, self.asked.text(f"{place.id}.{choice.key}"), missing=place.is_scale and choice.score is None
            )
            for choice in place.choices
        ]
        asked = plain(self.asked.text(place.id, choice_args(self.flow, {})))
        unit = self.own.text("unit_step") if place.is_scale else ""
        return Column(place.id, asked, (*offered, *self._no_answer(*NO_ANSWER)), unit, self.name_of(place.id))

    def _other(self, name: str) -> Column:
        if name in UNITS:
            return Column(name, self.own.text(name), self._no_answer(WITHHELD), self.own.text(UNITS[name]))
        if name == "language":
            spoken = [Value(code, self._text_or(f"language-{code}", code)) for code in self.flow.labels]
            # Not missing here: a row with nothing in any column would count as no row (frictionless: blank-row).
            return Column(name, self.own.text(name), (*spoken, Value(WITHHELD, self.own.text(NO_ANSWER[WITHHELD]))))
        return Column(
            name, self.own.text(name), tuple(Value(code, self.own.text(code)) for code in CODES.get(name, ()))
        )

    def _no_answer(self, *codes: str) -> tuple[Value, ...]:
        return tuple(Value(code, self.own.text(NO_ANSWER[code]), missing=True) for code in codes)

    def _text_or(self, key: str, otherwise: str) -> str:
        return self.own.text(key) if self.own.has(key) else otherwise


@cache
def codebook_of(name: str) -> Codebook:
    """The codebook of the downloads of a library's flow, in the flow's own language."""
    flow = load(name).flow
    return Codebook(flow, words_of(name, flow.language), own_words(flow.language))


@cache
def own_words(language: str) -> Wording:
    """What stands around the answers, in this language, falling back to English."""
    folder = files("storage.export") / "wording"
    found = [(name, folder / f"{name}.ftl") for name in dict.fromkeys((language, "en"))]
    return Wording(language, [(name, file) for name, file in found if file.is_file()])


def plain(text: str) -> str:
    """A text of the chat on one line, without its marks."""
    return " ".join(re.sub(r"<[^>]+>", "", text).split())
