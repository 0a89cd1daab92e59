"""K-anonymity: at least k rows look alike, no class reveals what everybody in it answered, and released rows stay as
they are.
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


def make_plan(given_rows: Rows) -> DisclosurePlan:
    encoding = AnswerEncoding()
    counter = AnswerCounter(QUESTIONS, encoding)
    answered_rows = [(of, tuple(said[one] for one in QUESTIONS)) for of, said in given_rows]
    empty_chunk = AnswerChunk((), (), (), b"")
    chunks = [(of, AnswerChunk((), answers, (), encoding.encode(answers))) for of, answers in answered_rows]
    counter.add_rows([("", RowClass(of), chunk, empty_chunk, empty_chunk) for of, chunk in chunks])
    return plan_disclosure(counter.get_tallies(), K)


def visible_rows(given_rows: Rows) -> list[tuple[EquivalenceClass, dict[str, str]]]:
    plan = make_plan(given_rows)
    return [(plan.generalised_classes[of], said) for of, said in given_rows if of in plan.generalised_classes]


@given(rows)
def test_each_visible_row_looks_like_at_least_k(given_rows: Rows) -> None:
    assert all(many >= K for many in Counter(of for of, _ in visible_rows(given_rows)).values())


@given(rows)
def test_a_row_is_visible_once_its_period_is_over_and_has_k_rows(given_rows: Rows) -> None:
    plan, by_period = make_plan(given_rows), Counter(of[-1] for of, _ in given_rows)
    for of, _ in given_rows:
        assert (of in plan.generalised_classes) == (of[-1] != SUPPRESSED and by_period[of[-1]] >= K)


@given(rows)
def test_a_class_hides_a_question_with_nearly_unanimous_answers(given_rows: Rows) -> None:
    hidden = make_plan(given_rows).suppressed_counts
    said: dict[tuple[EquivalenceClass, str], list[str]] = {}
    for of, answered_rows in visible_rows(given_rows):
        for question in QUESTIONS:
            said.setdefault((of, question), []).append(answered_rows[question])
    for (of, question), plan in said.items():
        answers = [one for one in plan if one not in NON_ANSWERS]
        most = max(map(answers.count, answers), default=0)
        assert (bool(answers) and (len(answers) < 5 or 5 * most >= 4 * len(answers))) == (
            question in hidden.get(of, {})
        )


@given(rows)
def test_details_are_suppressed_from_the_last_before_the_period(
    given_rows: Rows,
) -> None:
    for of, shown in make_plan(given_rows).generalised_classes.items():
        kept = [detail for detail in shown[:-1] if detail != SUPPRESSED]
        assert shown[:-1] == (*of[: len(kept)], *(SUPPRESSED,) * (len(of) - 1 - len(kept)))
        assert shown[-1] == of[-1]


@given(rows, rows)
def test_a_visible_period_does_not_change_with_later_rows(before: Rows, later: Rows) -> None:
    """So two downloads reveal nobody that one does not."""
    earlier_rows = [(of, said) for of, said in before if of[-1] == "1"]
    later_rows = [(of, said) for of, said in later if of[-1] != "1"]
    first, then = make_plan(earlier_rows), make_plan([*earlier_rows, *later_rows])
    for of, shown in first.generalised_classes.items():
        assert then.generalised_classes[of] == shown
        assert then.suppressed_counts.get(shown) == first.suppressed_counts.get(shown)


@given(rows, st.randoms())
def test_the_plan_does_not_depend_on_the_order_of_rows(given_rows: Rows, chance: object) -> None:
    shuffled = list(given_rows)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert make_plan(shuffled) == make_plan(given_rows)


def make_rows(of: EquivalenceClass, many: int) -> Rows:
    return [(of, {"informed": str(number % 2), "confident": str(number % 3)}) for number in range(many)]


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
    empty_chunk = (SUPPRESSED, SUPPRESSED, "9")
    assert plan.generalised_classes == {
        ("a", "x", "9"): empty_chunk,
        ("b", "x", "9"): ("b", "x", "9"),
        ("c", "x", "9"): empty_chunk,
    }


def test_a_class_hides_a_question_that_all_asked_answered_alike() -> None:
    unanimous: Rows = [
        (("a", "x", "9"), {"informed": "2" if number else NOT_ASKED, "confident": str(number % 2)})
        for number in range(9)
    ]
    hidden = make_plan(unanimous).suppressed_counts
    assert {of: set(questions) for of, questions in hidden.items()} == {("a", "x", "9"): {"informed"}}
