"""Rolling up: whatever the rows are, at least k look alike, no class says what all in it answered, and what was shown
of a period stays as it was.
"""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from flows.disclosure_control import SUPPRESSED
from storage.anonymity.answer_chunks import AnswerChunk, AnswerEncoding
from storage.anonymity.k_anonymity import (
    NON_ANSWERS,
    NOT_ASKED,
    SKIPPED,
    DisclosurePlan,
    EquivalenceClass,
    plan_disclosure,
)
from storage.anonymity.row_decoding import AnswerCounter, RowClass

K = 5
QUESTIONS = ("informed", "confident")
periods = st.sampled_from(["1", "4", SUPPRESSED])
details = st.tuples(st.sampled_from("abc"), st.sampled_from("xy"), st.sampled_from("12"), periods)
answers = st.fixed_dictionaries(dict.fromkeys(QUESTIONS, st.sampled_from(["2", "0", "-2", NOT_ASKED, SKIPPED])))
rows = st.lists(st.tuples(details, answers), max_size=80)
Rows = list[tuple[EquivalenceClass, dict[str, str]]]


def planned(given_rows: Rows) -> DisclosurePlan:
    packing = AnswerEncoding()
    tallying = AnswerCounter(QUESTIONS, packing)
    answered = [(of, tuple(said[one] for one in QUESTIONS)) for of, said in given_rows]
    nothing = AnswerChunk((), (), (), b"")
    pieces = [(of, AnswerChunk((), answers, (), packing.encode(answers))) for of, answers in answered]
    tallying.add_rows([("", RowClass(of), piece, nothing, nothing) for of, piece in pieces])
    return plan_disclosure(tallying.get_tallies(), K)


def as_shown(given_rows: Rows) -> list[tuple[EquivalenceClass, dict[str, str]]]:
    found = planned(given_rows)
    return [(found.generalised_classes[of], said) for of, said in given_rows if of in found.generalised_classes]


@given(rows)
def test_at_least_k_rows_look_like_any_row(given_rows: Rows) -> None:
    assert all(many >= K for many in Counter(of for of, _ in as_shown(given_rows)).values())


@given(rows)
def test_a_row_is_shown_once_its_period_is_over_and_enough_are_left_of_it(given_rows: Rows) -> None:
    found, by_period = planned(given_rows), Counter(of[-1] for of, _ in given_rows)
    for of, _ in given_rows:
        assert (of in found.generalised_classes) == (of[-1] != SUPPRESSED and by_period[of[-1]] >= K)


@given(rows)
def test_no_class_shows_a_question_that_nearly_all_who_answered_it_answered_alike(given_rows: Rows) -> None:
    hidden = planned(given_rows).suppressed_counts
    said: dict[tuple[EquivalenceClass, str], list[str]] = {}
    for of, answered in as_shown(given_rows):
        for question in QUESTIONS:
            said.setdefault((of, question), []).append(answered[question])
    for (of, question), found in said.items():
        answers = [one for one in found if one not in NON_ANSWERS]
        most = max(map(answers.count, answers), default=0)
        assert (bool(answers) and (len(answers) < 5 or 5 * most >= 4 * len(answers))) == (
            question in hidden.get(of, {})
        )


@given(rows)
def test_a_detail_is_shown_as_it_is_or_not_at_all_and_the_last_before_the_period_is_given_up_first(
    given_rows: Rows,
) -> None:
    for of, shown in planned(given_rows).generalised_classes.items():
        kept = [detail for detail in shown[:-1] if detail != SUPPRESSED]
        assert shown[:-1] == (*of[: len(kept)], *(SUPPRESSED,) * (len(of) - 1 - len(kept)))
        assert shown[-1] == of[-1]


@given(rows, rows)
def test_what_is_shown_of_a_period_does_not_change_with_what_comes_later(before: Rows, later: Rows) -> None:
    """Nobody is told by two downloads who is not told by one."""
    over = [(of, said) for of, said in before if of[-1] == "1"]
    more = [(of, said) for of, said in later if of[-1] != "1"]
    first, then = planned(over), planned([*over, *more])
    for of, shown in first.generalised_classes.items():
        assert then.generalised_classes[of] == shown
        assert then.suppressed_counts.get(shown) == first.suppressed_counts.get(shown)


@given(rows, st.randoms())
def test_the_order_of_the_rows_changes_nothing(given_rows: Rows, chance: object) -> None:
    turned = list(given_rows)
    chance.shuffle(turned)  # type: ignore[attr-defined]
    assert planned(turned) == planned(given_rows)


def several(of: EquivalenceClass, many: int) -> Rows:
    return [(of, {"informed": str(number % 2), "confident": str(number % 3)}) for number in range(many)]


def test_who_is_among_enough_is_shown_and_who_is_not_joins_others() -> None:
    found = planned(
        [*several(("a", "x", "9"), 6), *several(("a", "y", "9"), 3), *several(("a", "z", "9"), 2)],
    )
    assert found.generalised_classes == {
        ("a", "x", "9"): ("a", "x", "9"),
        ("a", "y", "9"): ("a", SUPPRESSED, "9"),
        ("a", "z", "9"): ("a", SUPPRESSED, "9"),
    }


def test_somebody_who_is_alone_takes_the_smallest_class_along() -> None:
    found = planned([*several(("a", "x", "9"), 6), *several(("b", "x", "9"), 9), *several(("c", "x", "9"), 1)])
    nothing = (SUPPRESSED, SUPPRESSED, "9")
    assert found.generalised_classes == {
        ("a", "x", "9"): nothing,
        ("b", "x", "9"): ("b", "x", "9"),
        ("c", "x", "9"): nothing,
    }


def test_where_all_who_were_asked_said_the_same_the_question_is_not_shown_for_their_class() -> None:
    alike: Rows = [
        (("a", "x", "9"), {"informed": "2" if number else NOT_ASKED, "confident": str(number % 2)})
        for number in range(9)
    ]
    hidden = planned(alike).suppressed_counts
    assert {of: set(questions) for of, questions in hidden.items()} == {("a", "x", "9"): {"informed"}}
