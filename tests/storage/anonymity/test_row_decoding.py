"""Rows are taken apart piece by piece, and say the same as when each is read whole."""

import json
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from flows.loader import load_walk
from storage.anonymity.answer_chunks import AnswerChunk
from storage.anonymity.row_decoding import (
    AnswerCounter,
    RowDecoder,
    list_quasi_identifier_questions,
    list_scale_questions,
)

FLOW = load_walk().flow
TOLD, SCALES = list_quasi_identifier_questions(FLOW), list_scale_questions(FLOW)
answers = st.one_of(st.none(), st.sampled_from(["2", "-2", "not_sure", "family_carer", 'odd "}', ', "confident": ']))
in_order = st.fixed_dictionaries({}, optional=dict.fromkeys((*TOLD, *SCALES), answers)).map(
    lambda found: {one: found[one] for one in (*TOLD, *SCALES) if one in found}
)
in_any_order = st.dictionaries(st.sampled_from((*TOLD, *SCALES, "of_another_version")), answers)
stored = st.lists(st.one_of(in_order, in_any_order), max_size=30)
Stored = list[dict[str, str | None]]


def plainly(row: dict[str, str | None], questions: tuple[str, ...]) -> tuple[str, ...]:
    return tuple("not_asked" if one not in row else row[one] or "skipped" for one in questions)


def answers_of(*pieces: AnswerChunk) -> tuple[str, ...]:
    return tuple(answer for piece in pieces for answer in piece.answers)


@given(stored)
def test_a_row_says_the_same_as_when_it_is_read_whole(rows: Stored) -> None:
    parting = RowDecoder(FLOW, {1: "*"})
    found = parting.decode_rows((str(at), "en", 1, 1, json.dumps(row)) for at, row in enumerate(rows))
    for at, ((one, kind, *pieces), row) in enumerate(zip(found, rows, strict=True)):
        points = answers_of(*pieces)
        assert (one, kind.equivalence_class, points) == (
            str(at),
            (*plainly(row, TOLD), "en", "1", "*"),
            plainly(row, SCALES),
        )
        assert b"".join(piece.encoded_answers for piece in pieces) == parting.encoding.encode(points)


@given(stored)
def test_what_is_counted_by_the_byte_is_what_was_said(rows: Stored) -> None:
    parting = RowDecoder(FLOW, {1: "*"})
    apart = parting.decode_rows((str(at), "en", 1, 1, json.dumps(row)) for at, row in enumerate(rows))
    tallying = AnswerCounter(SCALES, parting.encoding)
    for half in (apart[::2], apart[1::2]):
        tallying.add_rows(half)
    found = tallying.get_tallies()
    assert {of: tally.row_count for of, tally in found.items()} == Counter(
        kind.equivalence_class for _, kind, *_ in apart
    )
    for of, tally in found.items():
        for at, question in enumerate(SCALES):
            said = Counter(answers_of(*pieces)[at] for _, kind, *pieces in apart if kind.equivalence_class == of)
            assert tally.answers[question] == said
