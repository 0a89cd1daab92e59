"""Decodes the answers of a row in chunks of its JSON, with a cache: a million rows have few different chunks. Pure.

`row_decoding` cuts a row's JSON into chunks and puts the decoded chunks together. Reading each chunk once is what makes
a large export fast (benchmarks/export.py).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from json import loads
from sys import intern
from typing import Any

from flows.disclosure_control import SUPPRESSED
from flows.scale import parse_point_count
from storage.anonymity.k_anonymity import NOT_ASKED, SKIPPED, Answers

# Formats neighbouring cells of a row. The results for the parts of a row can be joined with `+`.
CodeFormatter = Callable[[tuple[str, ...]], Any]
MAX_CACHED_CHUNKS = 10_000


@dataclass(slots=True, eq=False)
class AnswerChunk:
    """The decoded answers of a chunk.

    `cells` are the formatted `answers` to scale questions, `encoded_answers` the same with a byte for each answer,
    `cells_by_suppression` the formatted answers by which of them are suppressed.
    """

    quasi_identifiers: tuple[str, ...]
    answers: Answers
    cells: Any
    encoded_answers: bytes
    cells_by_suppression: dict[tuple[bool, ...], Any] = field(default_factory=dict)


class AnswerEncoding(dict[str, int]):
    """Numbers the different answers, so that the answers of a row become a byte each."""

    def __missing__(self, answer: str) -> int:
        self[answer] = len(self)
        return self[answer]

    def encode(self, answers: Answers) -> bytes:
        """Returns a byte for each answer. Raises `ValueError` after 256 different answers."""
        return bytes(map(self.__getitem__, answers))


class ChunkDecoder(dict[str, AnswerChunk | None]):
    """Decodes one of the chunks of each row: {chunk of JSON: decoded chunk}.

    The value is None if the chunk has answers to questions of another chunk: the row must be decoded as a whole then.
    `scale_questions` is {question: number of points on its scale}.
    """

    def __init__(
        self,
        quasi_identifier_questions: Sequence[str],
        scale_questions: Mapping[str, int],
        encoding: AnswerEncoding,
        format_cells: CodeFormatter,
    ) -> None:
        super().__init__()
        self._quasi_identifier_questions = quasi_identifier_questions
        self.scale_questions = tuple(scale_questions)
        self._point_counts = scale_questions
        self._encoding = encoding
        self._format_cells = format_cells
        self._questions = (*quasi_identifier_questions, *self.scale_questions)
        # Precedes this chunk in a row's JSON. A chunk without questions has a separator that no JSON contains.
        self.separator = f', "{self._questions[0]}": ' if self._questions else "\0"

    def __missing__(self, chunk_json: str) -> AnswerChunk | None:
        if len(self) >= MAX_CACHED_CHUNKS:
            self.clear()
        answers = loads(self._complete_json(chunk_json))
        self[chunk_json] = self.decode(answers) if answers.keys() <= set(self._questions) else None
        return self[chunk_json]

    def decode(self, answers: Mapping[str, str | None]) -> AnswerChunk:
        """Picks this chunk's questions from the answers of a row ({question: choice id, or None if skipped})."""
        quasi_identifiers = tuple(_read_answer(answers, question) for question in self._quasi_identifier_questions)
        scale_answers = tuple(self._read_scale_answer(answers, question) for question in self.scale_questions)
        cells = self._format_cells(scale_answers)
        return AnswerChunk(quasi_identifiers, scale_answers, cells, self._encoding.encode(scale_answers))

    def _read_scale_answer(self, answers: Mapping[str, str | None], question: str) -> str:
        answer = _read_answer(answers, question)
        # On a scale of another length, of an earlier version of the flow, it was another question.
        is_on_scale = parse_point_count(answer) in {None, self._point_counts[question]}
        return answer if is_on_scale else NOT_ASKED

    def suppress_cells(self, chunk: AnswerChunk, suppressed_answers: tuple[bool, ...]) -> Any:
        """Returns the formatted cells of a chunk, suppressed where `suppressed_answers` is true."""
        if suppressed_answers not in chunk.cells_by_suppression:
            answers = zip(suppressed_answers, chunk.answers, strict=True)
            shown_answers = tuple(SUPPRESSED if is_suppressed else answer for is_suppressed, answer in answers)
            chunk.cells_by_suppression[suppressed_answers] = self._format_cells(shown_answers)
        return chunk.cells_by_suppression[suppressed_answers]

    def _complete_json(self, chunk_json: str) -> str:
        """Adds what was cut off: the brackets of the row, and this chunk's separator."""
        if not chunk_json:
            return "{}"
        opened_json = chunk_json if chunk_json.startswith("{") else f"{{{self.separator[2:]}{chunk_json}"
        return opened_json if opened_json.endswith("}") else f"{opened_json}}}"


def _read_answer(answers: Mapping[str, str | None], question: str) -> str:
    return intern(answers.get(question, NOT_ASKED) or SKIPPED)
