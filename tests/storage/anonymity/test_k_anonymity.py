"""K-anonymity: at least k rows look alike, no class reveals what everybody in it answered, and released rows stay as
they are.
"""

from collections import Counter
from random import Random

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
Rows = list[tuple[EquivalenceClass, dict[str, str]]]  # each row: its class, and its answer to each question


def make_plan(given_rows: Rows) -> DisclosurePlan:
    encoding = AnswerEncoding()
    counter = AnswerCounter(QUESTIONS, encoding)
    empty_chunk = AnswerChunk((), (), (), b"")
    for equivalence_class, row_answers in given_rows:
        codes = tuple(row_answers[question] for question in QUESTIONS)
        chunk = AnswerChunk((), codes, (), encoding.encode(codes))
        counter.add_rows([("", RowClass(equivalence_class), chunk, empty_chunk, empty_chunk)])
    return plan_disclosure(counter.get_tallies(), K)


def list_visible_rows(given_rows: Rows) -> Rows:
    """The rows as they are shown: each with the class that it is shown in."""
    shown_classes = make_plan(given_rows).generalised_classes
    return [
        (shown_classes[equivalence_class], row_answers)
        for equivalence_class, row_answers in given_rows
        if equivalence_class in shown_classes
    ]


@given(rows)
def test_each_visible_row_looks_like_at_least_k(given_rows: Rows) -> None:
    class_sizes = Counter(shown_class for shown_class, _ in list_visible_rows(given_rows))
    assert all(size >= K for size in class_sizes.values())


@given(rows)
def test_a_row_is_visible_once_its_period_is_over_and_has_k_rows(given_rows: Rows) -> None:
    shown_classes = make_plan(given_rows).generalised_classes
    period_sizes = Counter(equivalence_class[-1] for equivalence_class, _ in given_rows)
    for equivalence_class, _ in given_rows:
        period = equivalence_class[-1]
        assert (equivalence_class in shown_classes) == (period != SUPPRESSED and period_sizes[period] >= K)


@given(rows)
def test_a_class_suppresses_a_question_with_nearly_unanimous_answers(given_rows: Rows) -> None:
    suppressed_counts = make_plan(given_rows).suppressed_counts
    given_answers: dict[tuple[EquivalenceClass, str], list[str]] = {}
    for shown_class, row_answers in list_visible_rows(given_rows):
        for question in QUESTIONS:
            codes = given_answers.setdefault((shown_class, question), [])
            if row_answers[question] not in NON_ANSWERS:
                codes.append(row_answers[question])
    for (shown_class, question), codes in given_answers.items():
        most = max(map(codes.count, codes), default=0)
        is_revealing = bool(codes) and (len(codes) < 5 or 5 * most >= 4 * len(codes))
        assert is_revealing == (question in suppressed_counts.get(shown_class, {}))


@given(rows)
def test_a_class_keeps_its_period_and_loses_its_other_details_from_the_last_one_on(given_rows: Rows) -> None:
    for equivalence_class, shown_class in make_plan(given_rows).generalised_classes.items():
        details, period = equivalence_class[:-1], equivalence_class[-1]
        kept = [detail for detail in shown_class[:-1] if detail != SUPPRESSED]
        assert shown_class[:-1] == (*details[: len(kept)], *(SUPPRESSED,) * (len(details) - len(kept)))
        assert shown_class[-1] == period


@given(rows, rows)
def test_rows_of_later_periods_change_nothing_in_a_visible_period(before: Rows, later: Rows) -> None:
    """Otherwise two downloads together could reveal somebody whom neither reveals alone."""
    earlier_rows = [row for row in before if row[0][-1] == "1"]
    later_rows = [row for row in later if row[0][-1] != "1"]
    earlier_plan, later_plan = make_plan(earlier_rows), make_plan([*earlier_rows, *later_rows])
    for equivalence_class, shown_class in earlier_plan.generalised_classes.items():
        assert later_plan.generalised_classes[equivalence_class] == shown_class
        assert later_plan.suppressed_counts.get(shown_class) == earlier_plan.suppressed_counts.get(shown_class)


@given(rows, st.randoms())
def test_the_plan_does_not_depend_on_the_order_of_rows(given_rows: Rows, random: Random) -> None:
    shuffled = list(given_rows)
    random.shuffle(shuffled)
    assert make_plan(shuffled) == make_plan(given_rows)


def make_rows(equivalence_class: EquivalenceClass, count: int) -> Rows:
    return [(equivalence_class, {"informed": str(number % 2), "confident": str(number % 3)}) for number in range(count)]


def test_small_classes_are_merged_and_large_ones_kept() -> None:
    plan = make_plan(
        [*make_rows(("a", "x", "9"), 6), *make_rows(("a", "y", "9"), 3), *make_rows(("a", "z", "9"), 2)],
    )
    assert plan.generalised_classes == {
        ("a", "x", "9"): ("a", "x", "9"),
        ("a", "y", "9"): ("a", SUPPRESSED, "9"),
        ("a", "z", "9"): ("a", SUPPRESSED, "9"),
    }


def test_a_single_row_is_merged_with_the_smallest_class() -> None:
    plan = make_plan([*make_rows(("a", "x", "9"), 6), *make_rows(("b", "x", "9"), 9), *make_rows(("c", "x", "9"), 1)])
    merged_class = (SUPPRESSED, SUPPRESSED, "9")
    assert plan.generalised_classes == {
        ("a", "x", "9"): merged_class,
        ("b", "x", "9"): ("b", "x", "9"),
        ("c", "x", "9"): merged_class,
    }


def test_a_class_suppresses_a_question_that_all_asked_answered_alike() -> None:
    unanimous: Rows = [
        (("a", "x", "9"), {"informed": "2" if number else NOT_ASKED, "confident": str(number % 2)})
        for number in range(9)
    ]
    suppressed_counts = make_plan(unanimous).suppressed_counts
    assert {shown_class: set(questions) for shown_class, questions in suppressed_counts.items()} == {
        ("a", "x", "9"): {"informed"}
    }
