"""Takes released rows apart: what tells people apart, and what they answered. Pure.

A million rows are of few kinds: their answers are read in three pieces, and what a piece says is known from the first
row that has it; and so is what details look like.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from json import loads
from sys import intern
from typing import Any

from flows.schema import Flow
from storage.anonymity.k_anonymity import (
    MASKED,
    NOT_ASKED,
    SKIPPED,
    Answers,
    ClassTally,
    DisclosurePlan,
    EquivalenceClass,
)

# @@DOC What a row's answers say, a piece at a time: a million rows are of few kinds, so each piece is read once. Pure.
CodeFormatter = Callable[
    [tuple[str, ...]], Any
]  # codes beside each other, as they are wanted; what it gives can be added up
MAX_CACHED_CHUNKS = 10_000  # pieces in memory


@dataclass(slots=True, eq=False)
class AnswerChunk:
    """What a piece of a row says: its details; its answers to the questions with steps, as cells, and a byte each.

    `partly`: the cells with some of the answers hidden.
    """

    quasi_identifiers: tuple[str, ...]
    answers: Answers
    cells: Any
    encoded_answers: bytes
    masked_cells: dict[tuple[bool, ...], Any] = field(default_factory=dict)


class AnswerEncoding(dict[str, int]):
    """A number for each answer that there is: so a row's answers are as many bytes."""

    def __missing__(self, answer: str) -> int:
        self[answer] = len(self)
        return self[answer]

    def encode(self, answers: Answers) -> bytes:
        """These answers, a byte each."""
        return bytes(map(self.__getitem__, answers))


class ChunkDecoder(dict[str, AnswerChunk | None]):
    """{a piece of a row's answers, as JSON: what it says}. None: it also answers questions that stand in no such piece,
    and so it says nothing by itself.
    """

    def __init__(
        self,
        quasi_identifier_questions: Sequence[str],
        scale_questions: Sequence[str],
        encoding: AnswerEncoding,
        format_cells: CodeFormatter,
    ) -> None:
        super().__init__()
        self._quasi_identifier_questions, self.scale_questions, self._encoding, self._format_cells = (
            quasi_identifier_questions,
            scale_questions,
            encoding,
            format_cells,
        )
        self.questions = (*quasi_identifier_questions, *scale_questions)
        self.separator = f', "{self.questions[0]}": ' if self.questions else "\0"

    def __missing__(self, chunk_json: str) -> AnswerChunk | None:
        if len(self) >= MAX_CACHED_CHUNKS:
            self.clear()
        answers = loads(self._complete_json(chunk_json))
        self[chunk_json] = self.decode(answers) if answers.keys() <= set(self.questions) else None
        return self[chunk_json]

    def decode(self, answers: Mapping[str, str | None]) -> AnswerChunk:
        """What these answers say here."""
        quasi_identifiers, scale_answers = (
            tuple(intern(answers.get(question, NOT_ASKED) or SKIPPED) for question in questions)
            for questions in (self._quasi_identifier_questions, self.scale_questions)
        )
        return AnswerChunk(
            quasi_identifiers, scale_answers, self._format_cells(scale_answers), self._encoding.encode(scale_answers)
        )

    def mask_cells(self, chunk: AnswerChunk, mask: tuple[bool, ...]) -> Any:
        """The cells of a piece with some of its answers hidden."""
        if mask not in chunk.masked_cells:
            masked_answers = zip(mask, chunk.answers, strict=True)
            chunk.masked_cells[mask] = self._format_cells(
                tuple(MASKED if is_masked else answer for is_masked, answer in masked_answers)
            )
        return chunk.masked_cells[mask]

    def _complete_json(self, chunk_json: str) -> str:
        """The piece as JSON. The first has a beginning, the last an end."""
        if not chunk_json:
            return "{}"
        opened_json = chunk_json if chunk_json.startswith("{") else f"{{{self.separator[2:]}{chunk_json}"
        return opened_json if opened_json.endswith("}") else f"{opened_json}}}"


OTHER_QUASI_IDENTIFIERS = (
    "language",
    "version",
    "release",
)  # details that no question asks for, in the order in which they are kept
CHUNKS_PER_ROW = 3


def list_quasi_identifier_questions(flow: Flow) -> tuple[str, ...]:
    """The questions that tell people apart: those whose choices are no steps of a scale."""
    return tuple(question.id for question in flow.questions if question.kind == "choice" and not question.is_scale)


def list_quasi_identifiers(flow: Flow) -> tuple[str, ...]:
    """The columns that tell people apart, as they stand in a class."""
    return (*list_quasi_identifier_questions(flow), *OTHER_QUASI_IDENTIFIERS)


def list_scale_questions(flow: Flow) -> tuple[str, ...]:
    """The questions that are answered in steps."""
    return tuple(question.id for question in flow.questions if question.is_scale)


@dataclass(slots=True, eq=False)
class RowClass:
    """Rows that look alike: their details, those first that are given up last, also as cells; and for each piece, which
    of its answers are hidden (no pieces: none is).
    """

    equivalence_class: EquivalenceClass
    cells: Any = ()
    masks: tuple[tuple[bool, ...], ...] = ()


DecodedRow = tuple[str, RowClass, AnswerChunk, AnswerChunk, AnswerChunk]  # its id first


class RowClassCache(dict[tuple[tuple[str, ...], str, int, str], RowClass | None]):
    """{what questions tell, language, version, period: what such rows look like}. None: they are left out."""

    def __init__(
        self, decoders: Sequence[ChunkDecoder], disclosure_plan: DisclosurePlan | None, format_cells: CodeFormatter
    ) -> None:
        super().__init__()
        self._decoders, self._plan, self._format_cells = decoders, disclosure_plan, format_cells
        self._row_classes: dict[EquivalenceClass, RowClass] = {}

    def __missing__(self, key: tuple[tuple[str, ...], str, int, str]) -> RowClass | None:
        question_values, language, version, period = key
        equivalence_class = (*question_values, language, str(version), period)
        displayed_class = (
            equivalence_class if self._plan is None else self._plan.generalised_classes.get(equivalence_class)
        )
        self[key] = None if displayed_class is None else self.get_row_class(displayed_class)
        return self[key]

    def get_row_class(self, displayed_class: EquivalenceClass) -> RowClass:
        """What rows of these details look like."""
        if displayed_class not in self._row_classes:
            suppressed_counts = self._plan.suppressed_counts.get(displayed_class) if self._plan else None
            masks = (
                tuple(
                    tuple(question in suppressed_counts for question in decoder.scale_questions)
                    for decoder in self._decoders
                )
                if suppressed_counts
                else ()
            )
            self._row_classes[displayed_class] = RowClass(displayed_class, self._format_cells(displayed_class), masks)
        return self._row_classes[displayed_class]


class RowDecoder:
    """Takes rows of one flow apart. `periods`: the period of each release. `shown`: how details are shown; rows whose
    details are not there are left out. `put`: how codes are wanted.
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
        format_cells = lru_cache(MAX_CACHED_CHUNKS)(format_cells)  # of rows that come in no known pieces, too
        quasi_identifier_questions, question_count = (
            list_quasi_identifier_questions(flow),
            len(list_quasi_identifier_questions(flow)) + len(self.scale_questions),
        )
        first_cut, second_cut = (
            max(0, question_count * part // CHUNKS_PER_ROW - len(quasi_identifier_questions)) for part in (1, 2)
        )
        chunk_questions = (
            (quasi_identifier_questions, self.scale_questions[:first_cut]),
            ((), self.scale_questions[first_cut:second_cut]),
            ((), self.scale_questions[second_cut:]),
        )
        self._first_decoder, self._second_decoder, self._third_decoder = (
            ChunkDecoder(*questions, self.encoding, format_cells) for questions in chunk_questions
        )
        self._row_classes = RowClassCache(
            (self._first_decoder, self._second_decoder, self._third_decoder), disclosure_plan, format_cells
        )
        self._periods = periods

    def decode_rows(self, rows: Iterable[Sequence[Any]]) -> list[DecodedRow]:
        """These rows (id, language, version, release, answers), taken apart.

        Each answer is something: a choice's id, skipped, or not asked.
        """
        decoded_rows, periods, row_classes = list[DecodedRow](), self._periods, self._row_classes
        first_decoder, second_decoder, third_decoder = self._first_decoder, self._second_decoder, self._third_decoder
        for row_id, language, version, release, answers in rows:
            first, _, rest = answers.partition(second_decoder.separator)
            second, _, third = rest.partition(third_decoder.separator)
            first_chunk, second_chunk, third_chunk = first_decoder[first], second_decoder[second], third_decoder[third]
            if not (
                first_chunk and second_chunk and third_chunk
            ):  # in another order, or of another version of the flow
                first_chunk, second_chunk, third_chunk = self._decode_answers(loads(answers))
            row_class = row_classes[first_chunk.quasi_identifiers, language, version, periods[release]]
            if row_class:
                decoded_rows.append((row_id, row_class, first_chunk, second_chunk, third_chunk))
        return decoded_rows

    def decode_displayed_row(
        self, row_id: str, displayed_class: EquivalenceClass, answers: Mapping[str, str | None]
    ) -> DecodedRow:
        """A row of these details as they are shown, taken apart."""
        return row_id, self._row_classes.get_row_class(displayed_class), *self._decode_answers(answers)

    def format_rows(self, rows: Iterable[DecodedRow]) -> list[Any]:
        """The rows as they are shown."""
        return [
            self._format_masked_row(row_class, first_chunk, second_chunk, third_chunk)
            if row_class.masks
            else row_class.cells + first_chunk.cells + second_chunk.cells + third_chunk.cells
            for _, row_class, first_chunk, second_chunk, third_chunk in rows
        ]

    def _format_masked_row(
        self, row_class: RowClass, first_chunk: AnswerChunk, second_chunk: AnswerChunk, third_chunk: AnswerChunk
    ) -> Any:
        first_mask, second_mask, third_mask = row_class.masks
        masked_cells = (
            self._first_decoder.mask_cells(first_chunk, first_mask),
            self._second_decoder.mask_cells(second_chunk, second_mask),
            self._third_decoder.mask_cells(third_chunk, third_mask),
        )
        return row_class.cells + masked_cells[0] + masked_cells[1] + masked_cells[2]

    def _decode_answers(self, answers: Mapping[str, str | None]) -> tuple[AnswerChunk, AnswerChunk, AnswerChunk]:
        return (
            self._first_decoder.decode(answers),
            self._second_decoder.decode(answers),
            self._third_decoder.decode(answers),
        )


# @@DOC Counts the rows of each class, and their answers: of a million rows, quickly and in little memory. Pure.
MAX_BUFFERED_ROWS = 100_000  # rows that are counted together


class AnswerCounter:
    """Counts answers to these questions. They come packed, a byte each: so they are counted by the byte."""

    def __init__(self, questions: Sequence[str], encoding: AnswerEncoding) -> None:
        self._questions = questions
        self._encoding = encoding
        self._buffers: dict[RowClass, bytearray] = defaultdict(bytearray)
        self._tallies: dict[EquivalenceClass, ClassTally] = defaultdict(ClassTally)
        self._buffered_rows = 0

    def add_rows(self, rows: Sequence[DecodedRow]) -> None:
        """More rows."""
        buffers = self._buffers
        for _, row_class, first_chunk, second_chunk, third_chunk in rows:
            buffers[row_class] += (
                first_chunk.encoded_answers + second_chunk.encoded_answers + third_chunk.encoded_answers
            )
        self._buffered_rows += len(rows)
        if self._buffered_rows >= MAX_BUFFERED_ROWS:
            self._count_buffered_rows()

    def get_tallies(self) -> dict[EquivalenceClass, ClassTally]:
        """What was counted so far."""
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
