"""Decoding of rows in pieces gives the same answers as parsing each row as JSON."""

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
DETAILS, SCALES = list_quasi_identifier_questions(FLOW), list_scale_questions(FLOW)
answers = st.one_of(st.none(), st.sampled_from(["2", "-2", "not_sure", "family_carer", 'odd "}', ', "confident": ']))
in_order = st.fixed_dictionaries({}, optional=dict.fromkeys((*DETAILS, *SCALES), answers)).map(
    lambda found: {one: found[one] for one in (*DETAILS, *SCALES) if one in found}
)
in_any_order = st.dictionaries(st.sampled_from((*DETAILS, *SCALES, "of_another_version")), answers)
stored = st.lists(st.one_of(in_order, in_any_order), max_size=30)
Stored = list[dict[str, str | None]]


def parse_answers(row: dict[str, str | None], questions: tuple[str, ...]) -> tuple[str, ...]:
    return tuple("not_asked" if one not in row else row[one] or "skipped" for one in questions)


def join_answers(*pieces: AnswerChunk) -> tuple[str, ...]:
    return tuple(answer for piece in pieces for answer in piece.answers)


@given(stored)
def test_a_decoded_row_equals_the_parsed_one(rows: Stored) -> None:
    decoder = RowDecoder(FLOW, {1: "*"})
    found = decoder.decode_rows((str(index), "en", 1, 1, json.dumps(row)) for index, row in enumerate(rows))
    for index, ((one, kind, *pieces), row) in enumerate(zip(found, rows, strict=True)):
        points = join_answers(*pieces)
        assert (one, kind.equivalence_class, points) == (
            str(index),
            (*parse_answers(row, DETAILS), "en", "1", "*"),
            parse_answers(row, SCALES),
        )
        assert b"".join(piece.encoded_answers for piece in pieces) == decoder.encoding.encode(points)


@given(stored)
def test_counted_answers_equal_the_decoded_ones(rows: Stored) -> None:
    decoder = RowDecoder(FLOW, {1: "*"})
    decoded = decoder.decode_rows((str(index), "en", 1, 1, json.dumps(row)) for index, row in enumerate(rows))
    counter = AnswerCounter(SCALES, decoder.encoding)
    for part in (decoded[::2], decoded[1::2]):
        counter.add_rows(part)
    found = counter.get_tallies()
    assert {of: tally.row_count for of, tally in found.items()} == Counter(
        kind.equivalence_class for _, kind, *_ in decoded
    )
    for of, tally in found.items():
        for index, question in enumerate(SCALES):
            expected = Counter(
                join_answers(*pieces)[index] for _, kind, *pieces in decoded if kind.equivalence_class == of
            )
            assert tally.answers[question] == expected
