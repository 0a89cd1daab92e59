"""Decodes released rows into their equivalence class and their answers, formats and counts them. Pure.

The JSON of a row is cut into three chunks, which `answer_chunks` decodes and caches; equivalence classes are cached
too. The three chunks are written out instead of looped over: this code runs for each of a million rows
(benchmarks/export.py).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from json import loads
from typing import Any

from flows.schema import Flow
from storage.anonymity.answer_chunks import (
    MAX_CACHED_CHUNKS,
    AnswerChunk,
    AnswerEncoding,
    ChunkDecoder,
    CodeFormatter,
)
from storage.anonymity.k_anonymity import ClassTally, DisclosurePlan, EquivalenceClass

GENERAL_QUASI_IDENTIFIERS = ("language", "version", "release")  # those that no question asks for; suppressed first
MAX_BUFFERED_ROWS = 100_000  # rows that are counted at once

RowKey = tuple[tuple[str, ...], str, int, str]  # answers to quasi-identifier questions, language, version, period


@dataclass(slots=True, eq=False)
class RowClass:
    """An equivalence class as it is shown: its values, the same formatted, and which answers of each chunk are
    suppressed (empty if none is).
    """

    equivalence_class: EquivalenceClass
    cells: Any = ()
    suppressed_answers: tuple[tuple[bool, ...], ...] = ()


DecodedRow = tuple[str, RowClass, AnswerChunk, AnswerChunk, AnswerChunk]  # the id of the row comes first


def list_quasi_identifier_questions(flow: Flow) -> tuple[str, ...]:
    """Returns the choice questions without a scale: their answers could identify a person."""
    return tuple(question.id for question in flow.questions if question.kind == "choice" and not question.is_scale)


def list_quasi_identifiers(flow: Flow) -> tuple[str, ...]:
    """Returns the columns of an equivalence class, in its order."""
    return (*list_quasi_identifier_questions(flow), *GENERAL_QUASI_IDENTIFIERS)


def list_scale_questions(flow: Flow) -> tuple[str, ...]:
    """Returns the questions that are answered on a scale."""
    return tuple(question.id for question in flow.questions if question.is_scale)


class RowClassCache(dict[RowKey, RowClass | None]):
    """Caches how rows are shown: {key: class}. The value is None if such rows are not shown."""

    def __init__(
        self, decoders: Sequence[ChunkDecoder], disclosure_plan: DisclosurePlan | None, format_cells: CodeFormatter
    ) -> None:
        super().__init__()
        self._decoders = decoders
        self._plan = disclosure_plan
        self._format_cells = format_cells
        self._row_classes: dict[EquivalenceClass, RowClass] = {}

    def __missing__(self, key: RowKey) -> RowClass | None:
        question_values, language, version, period = key
        own_class = (*question_values, language, str(version), period)
        shown_class = own_class if self._plan is None else self._plan.generalised_classes.get(own_class)
        self[key] = None if shown_class is None else self.get_row_class(shown_class)
        return self[key]

    def get_row_class(self, shown_class: EquivalenceClass) -> RowClass:
        """Returns the class with these values, which are already generalised."""
        if shown_class not in self._row_classes:
            suppressed_answers = self._find_suppressed_answers(shown_class)
            self._row_classes[shown_class] = RowClass(shown_class, self._format_cells(shown_class), suppressed_answers)
        return self._row_classes[shown_class]

    def _find_suppressed_answers(self, shown_class: EquivalenceClass) -> tuple[tuple[bool, ...], ...]:
        suppressed_counts = self._plan.suppressed_counts.get(shown_class) if self._plan else None
        if not suppressed_counts:
            return ()
        return tuple(
            tuple(question in suppressed_counts for question in decoder.scale_questions) for decoder in self._decoders
        )


class RowDecoder:
    """Decodes the rows of one flow.

    `periods` maps releases to periods. With a `disclosure_plan`, rows are generalised, and rows of classes that are not
    in it are left out; without one, all rows are decoded as they are.
    """

    def __init__(
        self,
        flow: Flow,
        periods: Mapping[int, str],
        disclosure_plan: DisclosurePlan | None = None,
        format_cells: CodeFormatter = tuple,
    ) -> None:
        self.scale_questions = list_scale_questions(flow)
        self.encoding = AnswerEncoding()
        self._periods = periods
        # Cached for rows that are decoded as a whole, too.
        format_cells = lru_cache(MAX_CACHED_CHUNKS)(format_cells)
        quasi_identifier_questions = list_quasi_identifier_questions(flow)
        first_cut, second_cut = _find_cuts(len(quasi_identifier_questions), len(self.scale_questions))
        questions = [(question, len(flow.steps_by_id[question].points)) for question in self.scale_questions]
        decoders = (
            ChunkDecoder(quasi_identifier_questions, dict(questions[:first_cut]), self.encoding, format_cells),
            ChunkDecoder((), dict(questions[first_cut:second_cut]), self.encoding, format_cells),
            ChunkDecoder((), dict(questions[second_cut:]), self.encoding, format_cells),
        )
        self._first_decoder, self._second_decoder, self._third_decoder = decoders
        self._row_classes = RowClassCache(decoders, disclosure_plan, format_cells)

    def decode_rows(self, rows: Iterable[Sequence[Any]]) -> list[DecodedRow]:
        """Decodes rows of (id, language, version, release, JSON of the answers).

        Each answer becomes a choice's id, `SKIPPED` or `NOT_ASKED`; a point of another scale than the question has now
        counts as not asked.
        """
        decoded_rows, periods, row_classes = list[DecodedRow](), self._periods, self._row_classes
        first_decoder, second_decoder, third_decoder = self._first_decoder, self._second_decoder, self._third_decoder
        for row_id, language, version, release, answers in rows:
            first, _, rest = answers.partition(second_decoder.separator)
            second, _, third = rest.partition(third_decoder.separator)
            first_chunk, second_chunk, third_chunk = first_decoder[first], second_decoder[second], third_decoder[third]
            if not (first_chunk and second_chunk and third_chunk):  # another order, or another version of the flow
                first_chunk, second_chunk, third_chunk = self._decode_answers(loads(answers))
            row_class = row_classes[first_chunk.quasi_identifiers, language, version, periods[release]]
            if row_class:
                decoded_rows.append((row_id, row_class, first_chunk, second_chunk, third_chunk))
        return decoded_rows

    def decode_shown_row(
        self, row_id: str, shown_class: EquivalenceClass, answers: Mapping[str, str | None]
    ) -> DecodedRow:
        """Decodes a row whose class is already generalised."""
        return row_id, self._row_classes.get_row_class(shown_class), *self._decode_answers(answers)

    def format_rows(self, rows: Iterable[DecodedRow]) -> list[Any]:
        """Returns what `format_cells` makes of each row: the class, then the answers, or `SUPPRESSED` for each."""
        return [
            self._format_suppressed_row(row_class, first_chunk, second_chunk, third_chunk)
            if row_class.suppressed_answers
            else row_class.cells + first_chunk.cells + second_chunk.cells + third_chunk.cells
            for _, row_class, first_chunk, second_chunk, third_chunk in rows
        ]

    def _format_suppressed_row(
        self, row_class: RowClass, first_chunk: AnswerChunk, second_chunk: AnswerChunk, third_chunk: AnswerChunk
    ) -> Any:
        first, second, third = row_class.suppressed_answers
        return (
            row_class.cells
            + self._first_decoder.suppress_cells(first_chunk, first)
            + self._second_decoder.suppress_cells(second_chunk, second)
            + self._third_decoder.suppress_cells(third_chunk, third)
        )

    def _decode_answers(self, answers: Mapping[str, str | None]) -> tuple[AnswerChunk, AnswerChunk, AnswerChunk]:
        return (
            self._first_decoder.decode(answers),
            self._second_decoder.decode(answers),
            self._third_decoder.decode(answers),
        )


class AnswerCounter:
    """Counts rows and answers by equivalence class, in little memory: answers are encoded as a byte each."""

    def __init__(self, questions: Sequence[str], encoding: AnswerEncoding) -> None:
        self._questions = questions
        self._encoding = encoding
        self._buffers: dict[RowClass, bytearray] = defaultdict(bytearray)
        self._tallies: dict[EquivalenceClass, ClassTally] = defaultdict(ClassTally)
        self._buffered_rows = 0

    def add_rows(self, rows: Sequence[DecodedRow]) -> None:
        """Adds rows that a decoder with the same encoding has decoded."""
        buffers = self._buffers
        for _, row_class, first_chunk, second_chunk, third_chunk in rows:
            buffers[row_class] += (
                first_chunk.encoded_answers + second_chunk.encoded_answers + third_chunk.encoded_answers
            )
        self._buffered_rows += len(rows)
        if self._buffered_rows >= MAX_BUFFERED_ROWS:
            self._count_buffered_rows()

    def get_tallies(self) -> dict[EquivalenceClass, ClassTally]:
        """Returns the counts of all rows that were added."""
        self._count_buffered_rows()
        return dict(self._tallies)

    def _count_buffered_rows(self) -> None:
        row_bytes, answers = len(self._questions), list(self._encoding)
        for row_class, buffer in self._buffers.items():
            tally = self._tallies[row_class.equivalence_class]
            tally.row_count += len(buffer) // row_bytes
            for position, question in enumerate(self._questions):
                column, answer_counts = buffer[position::row_bytes], tally.answers.setdefault(question, Counter())
                for byte in set(column):
                    answer_counts[answers[byte]] += column.count(byte)
        self._buffers.clear()
        self._buffered_rows = 0


def _find_cuts(quasi_identifier_count: int, scale_question_count: int) -> tuple[int, int]:
    """Returns the scale questions with which the second and the third chunk begin, so that chunks are equally long."""
    question_count = quasi_identifier_count + scale_question_count
    first_cut, second_cut = (question_count * part // 3 - quasi_identifier_count for part in (1, 2))
    return max(0, first_cut), max(0, second_cut)
