"""Rolling up: whatever the rows are, at least k look alike, and no class says what all in it answered."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from storage.sealed.classes import MASKED, NOT_ASKED, Class, Plan, Tally, plan

K = 5
QUESTIONS = ("informed", "confident")
details = st.tuples(st.sampled_from("abc"), st.sampled_from("xy"), st.sampled_from("1234"))
answers = st.fixed_dictionaries(dict.fromkeys(QUESTIONS, st.sampled_from(["2", "0", "-2", NOT_ASKED])))
rows = st.lists(st.tuples(details, answers), max_size=80)
Rows = list[tuple[Class, dict[str, str]]]


def planned(given_rows: Rows) -> Plan:
    tallies: dict[Class, Tally] = {}
    for of, said in given_rows:
        tallies.setdefault(of, Tally()).add(said)
    return plan(tallies, K)


def as_shown(given_rows: Rows) -> list[tuple[Class, dict[str, str]]]:
    found = planned(given_rows)
    return [(found.shown[of], said) for of, said in given_rows if of in found.shown]


@given(rows)
def test_at_least_k_rows_look_like_any_row(given_rows: Rows) -> None:
    assert all(many >= K for many in Counter(of for of, _ in as_shown(given_rows)).values())


@given(rows)
def test_where_there_are_enough_every_row_is_shown_and_else_none(given_rows: Rows) -> None:
    assert len(as_shown(given_rows)) == (len(given_rows) if len(given_rows) >= K else 0)


@given(rows)
def test_no_class_answers_a_question_alike_unless_that_column_is_hidden(given_rows: Rows) -> None:
    hidden = planned(given_rows).hidden
    said: dict[tuple[Class, str], set[str]] = {}
    for of, answered in as_shown(given_rows):
        for question in QUESTIONS:
            said.setdefault((of, question), set()).add(answered[question])
    for (_, question), found in said.items():
        assert len(found) > 1 or found == {NOT_ASKED} or question in hidden


@given(rows)
def test_a_detail_is_shown_as_it_is_or_not_at_all_and_the_last_is_given_up_first(given_rows: Rows) -> None:
    for of, shown in planned(given_rows).shown.items():
        kept = [detail for detail in shown if detail != MASKED]
        assert shown == (*of[: len(kept)], *(MASKED,) * (len(of) - len(kept)))


@given(rows, st.randoms())
def test_the_order_of_the_rows_changes_nothing(given_rows: Rows, chance: object) -> None:
    turned = list(given_rows)
    chance.shuffle(turned)  # type: ignore[attr-defined]
    assert planned(turned) == planned(given_rows)


def several(of: Class, many: int) -> Rows:
    return [(of, {"informed": str(number % 2), "confident": str(number % 3)}) for number in range(many)]


def test_who_is_among_enough_is_shown_and_who_is_not_joins_others() -> None:
    found = planned([*several(("a", "x", "1"), 6), *several(("a", "y", "1"), 3), *several(("a", "y", "2"), 2)])
    assert found.shown == {
        ("a", "x", "1"): ("a", "x", "1"),
        ("a", "y", "1"): ("a", "y", MASKED),
        ("a", "y", "2"): ("a", "y", MASKED),
    }


def test_somebody_who_is_alone_takes_the_smallest_class_along() -> None:
    found = planned([*several(("a", "x", "1"), 6), *several(("b", "x", "1"), 9), *several(("c", "x", "1"), 1)])
    nothing = (MASKED, MASKED, MASKED)
    assert found.shown == {("a", "x", "1"): nothing, ("b", "x", "1"): ("b", "x", "1"), ("c", "x", "1"): nothing}


def test_where_everybody_said_the_same_the_column_is_hidden() -> None:
    alike: Rows = [(("a", "x", "1"), {"informed": "2", "confident": str(number % 2)}) for number in range(9)]
    assert planned(alike).hidden == {"informed"}
