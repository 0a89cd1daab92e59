"""What was suppressed stays suppressed, for an attacker who holds all counts, rows, comments and downloads so far."""

import json
from collections import Counter
from itertools import pairwise
from random import Random

import pytest

from flows.models import Run
from storage.anonymity.gateway import ReleaseView, open_release_view
from storage.anonymity.releases import release_due_responses
from storage.anonymity.sealing import seal_response
from storage.anonymity.withdrawal import withdraw_response
from storage.campaigns.repository import GENERAL_CAMPAIGN
from storage.db.database import Database, open_database
from tests.support.postgresql import TEST_SECRET_KEY
from tests.support.raw_sql import execute_sql, fetch_rows
from tests.support.short_form import choose_size

K = 10
MARKER_QUESTIONS = ("new_choices", "support_to_choose", "building_on_strengths", "shared_decisions", "wider_support")
ViewContents = tuple[Counter[tuple[str, ...]], list[object], list[object]]


def send(database: Database, person: int, language: str = "en", **answers: str) -> None:
    with database.transaction() as session:
        run = Run("", "connection_test", 1, language)
        seal_response(session, run, person, answers, f"receipt of {person}")


def withdraw(database: Database, person: int) -> None:
    with database.transaction() as session:
        assert withdraw_response(session, person, f"receipt of {person}") == "released"
    execute_sql(
        database, "update campaigns set new_participants = new_participants + 1"
    )  # makes up for the withdrawal, which counts as one person fewer in `general`


def read_view(campaign: ReleaseView) -> ViewContents:
    return Counter(campaign.iter_rows()), list(campaign.count_answers()), list(campaign.list_suppressed_columns())


def read_all(database: Database) -> ViewContents:
    with open_release_view(database, GENERAL_CAMPAIGN, K) as campaign:
        return read_view(campaign)


@pytest.fixture
def other_database(tmp_path_factory: pytest.TempPathFactory) -> Database:
    return open_database(f"sqlite:///{tmp_path_factory.mktemp('another')}/bot.db", TEST_SECRET_KEY)


@pytest.mark.parametrize("others", choose_size([0, 20, 21, 22, 23, 24, 60], [0, 22]))
def test_the_view_is_the_same_whether_all_or_four_in_five_agree(
    database: Database, other_database: Database, others: int
) -> None:
    """All fifteen carers or twelve of them agree; neighbours answer at random."""
    random = Random(others)
    neighbour_answers = [random.choice(["2", "1", "0", "-1", "-2"]) for _ in range(others)]
    for target, agreeing in ((database, 15), (other_database, 12)):
        for person in range(15):
            send(target, person, role="family_carer", informed="-2" if person < agreeing else "1")
        for person, answer in enumerate(neighbour_answers, start=100):
            send(target, person, role="neighbour", informed=answer)
        assert release_due_responses(target, K)
    assert read_all(database) == read_all(other_database)
    other_database.close()


@pytest.mark.parametrize("others", choose_size([20, 21, 22, 23, 24], [22]))
def test_the_view_is_the_same_while_the_rows_are_not_visible_yet(
    database: Database, other_database: Database, others: int
) -> None:
    random = Random(others)
    neighbour_answers = [random.choice(["2", "1", "0", "-1", "-2"]) for _ in range(others)]
    for target, agreeing in ((database, 15), (other_database, 12)):
        for person, answer in enumerate(neighbour_answers, start=100):
            send(target, person, role="neighbour", informed=answer)
        assert release_due_responses(target, K)
        for person in range(15):
            send(target, person, role="family_carer", informed="-2" if person < agreeing else "1")
        assert release_due_responses(target, K)
    assert read_all(database) == read_all(other_database)
    assert read_all(database)[0].total() == others, "the carers' rows are not visible yet"
    other_database.close()


def test_unanimous_answers_still_count_in_the_totals(database: Database) -> None:
    for person in range(60):
        send(database, person, role="family_carer", informed="-2")
    release_due_responses(database, K)
    with open_release_view(database, GENERAL_CAMPAIGN, K) as campaign:
        counts = {one.answer: one.display_value for one in campaign.count_answers() if one.question == "informed"}
    assert (counts[""], counts["-2"], counts["2"]) == ("60", "50", "*")


def test_suppression_stays_after_the_person_it_protected_left(database: Database) -> None:
    """Ten carers and a neighbour have suppressed details. Showing the ten after she left would reveal her."""
    for person in range(10):
        send(database, person, role="family_carer", viewpoint="myself", informed=str(person % 3))
    send(database, 10, role="neighbour", viewpoint="myself", informed="-2")
    assert release_due_responses(database, K)
    before, _, _ = read_all(database)
    assert {row[0] for row in before} == {"*"}
    withdraw(database, 10)
    for person in range(20, 30):
        send(database, person, role="family_carer", viewpoint="myself", informed=str(person % 3))
    assert release_due_responses(database, K)
    after, _, _ = read_all(database)
    assert after.total() == 10
    assert {row[0] for row in after} == {"*"}


def test_a_question_hidden_for_a_class_stays_hidden(database: Database) -> None:
    for person in range(15):
        send(database, person, role="family_carer", informed="-2" if person < 12 else str(person % 2))
    assert release_due_responses(database, K)
    assert {row[5] for row in read_all(database)[0]} == {"*"}
    withdraw(database, 0)
    for person in range(20, 30):
        send(database, person, role="family_carer", informed=str(person % 3))
    assert release_due_responses(database, K)
    after, _, _ = read_all(database)
    assert {row[5] for row in after} == {"*"}, "although only eleven of fourteen agree now"


def test_a_class_that_shrank_is_suppressed_more(database: Database) -> None:
    for person in range(10):
        send(database, person, role="family_carer", viewpoint="myself", informed=str(person % 3))
        send(database, 10 + person, role="neighbour", viewpoint="myself", informed=str(person % 3))
    assert release_due_responses(database, K)
    assert {row[0] for row in read_all(database)[0]} == {"family_carer", "neighbour"}
    withdraw(database, 3)
    for person in range(30, 40):
        send(database, person, role="family_carer", viewpoint="myself", informed=str(person % 3))
    assert release_due_responses(database, K)
    after, _, _ = read_all(database)
    assert {row[0]: count for row, count in Counter(row[:1] for row in after.elements()).items()} == {"*": 19}


@pytest.mark.parametrize("seed", range(choose_size(6, 1)))
def test_no_later_download_reveals_what_a_row_suppressed_before(database: Database, seed: int) -> None:
    """Rows are recognised by their answers to questions without agreement."""
    random = Random(seed)
    roles = ["family_carer"] * 8 + ["neighbour", "paid_worker"]
    members: list[int] = []
    seen: list[dict[tuple[str, ...], tuple[str, ...]]] = []
    for number in range(120):
        markers = {f: random.choice(["2", "1", "0", "-1", "-2"]) for f in MARKER_QUESTIONS}
        send(database, number, role=random.choice(roles), viewpoint=random.choice(["myself", "family"]), **markers)
        members.append(number)
        if release_due_responses(database, K):
            rows, _, _ = read_all(database)
            seen.append(
                {
                    row[-len(MARKER_QUESTIONS) :]: row[: -len(MARKER_QUESTIONS)]
                    for row in rows
                    if "*" not in row[-len(MARKER_QUESTIONS) :]
                }
            )
            for _ in range(random.randint(0, 3)):
                withdraw(database, members.pop(random.randrange(len(members))))
    assert len(seen) > 5
    for earlier, later in pairwise(seen):
        for key in earlier.keys() & later.keys():
            revealed = [(was, now) for was, now in zip(earlier[key], later[key], strict=True) if was == "*" != now]
            assert not revealed


def visible_comments(database: Database) -> set[str]:
    with open_release_view(database, GENERAL_CAMPAIGN, K) as campaign:
        return {one.text for one in campaign.iter_comments()}


def test_comments_become_visible_in_groups_of_at_least_k(database: Database) -> None:
    """Each release has two comments, and showing them one release at a time would reveal when each was written."""
    new_counts = []
    before: set[str] = set()
    for person in range(120):
        comment = {"informed_why": f"words of {person}"} if person % 5 == 0 else {}
        send(database, person, role="family_carer", informed=str(person % 3), **comment)
        if release_due_responses(database, K):
            now = visible_comments(database)
            assert before <= now
            new_counts.append(len(now - before))
            before = now
    assert new_counts == [0, 0, 0, 0, 0, 0, 14, 0, 0, 0, 0, 0], "visible after the third period"


def test_visible_comments_stay_when_one_is_withdrawn(database: Database) -> None:
    for person in range(12):
        send(database, person, informed="1", informed_why=f"words of {person}")
    assert release_due_responses(database, K)
    assert len(visible_comments(database)) == 12
    withdraw(database, 3)
    for person in range(20, 30):
        send(database, person, informed="1")
    assert release_due_responses(database, K)
    assert visible_comments(database) == {f"words of {person}" for person in range(12) if person != 3}


@pytest.mark.parametrize(("welsh_count", "neighbour_answers"), [(0, {"en"}), (1, {"*"}), (10, {"*"}), (20, {"cy"})])
def test_a_comment_s_language_is_shown_only_if_all_share_it(
    database: Database, welsh_count: int, neighbour_answers: set[str]
) -> None:
    for person in range(20):
        send(database, person, "cy" if person < welsh_count else "en", informed="1", informed_why=f"words of {person}")
    assert release_due_responses(database, K)
    with open_release_view(database, GENERAL_CAMPAIGN, K) as campaign:
        assert {one.language for one in campaign.iter_comments()} == neighbour_answers


def carers_and_neighbours(target: Database, agreeing: int) -> None:
    """Submits and releases answers of fifteen carers, so many of them in agreement, and of neighbours who differ."""
    for person in range(15):
        send(target, person, role="family_carer", informed="-2" if person < agreeing else "1")
    for person in range(100, 110):
        send(target, person, role="neighbour", informed=("-2", "1", "2")[person % 3])
    assert release_due_responses(target, K)
    read_all(target)


def next_period(target: Database) -> None:
    for person in range(200, 220):
        send(target, person, role="neighbour", informed=("2", "1", "0")[person % 3])
    assert release_due_responses(target, K)


@pytest.mark.parametrize("leaver", [101, 0])
def test_the_view_is_the_same_after_a_withdrawal_merges_or_shrinks_classes(
    database: Database, other_database: Database, leaver: int
) -> None:
    for target, agreeing in ((database, 15), (other_database, 12)):
        carers_and_neighbours(target, agreeing)
        withdraw(target, leaver)
        next_period(target)
    assert read_all(database) == read_all(other_database)
    other_database.close()


def test_the_view_is_the_same_where_few_of_a_class_answered(database: Database, other_database: Database) -> None:
    for target, differing in ((database, "-2"), (other_database, "1")):
        for person in range(15):
            answers = {"informed": "-2" if person else differing} if person < 4 else {}
            send(target, person, role="family_carer", **answers)
        for person in range(100, 120):
            send(target, person, role="neighbour", informed=("-2", "1", "2")[person % 3])
        assert release_due_responses(target, K)
    assert read_all(database) == read_all(other_database)
    other_database.close()


def test_suppression_stays_when_the_release_size_is_lowered(database: Database) -> None:
    for person in range(10):
        send(database, person, role="family_carer", informed="-2" if person < 8 else "1")
    assert release_due_responses(database, K)
    assert {row[5] for row in read_all(database)[0]} == {"*"}
    withdraw(database, 9)
    next_period(database)
    assert not [row for row in read_all(database)[0] if "family_carer" in row]
    for person in range(300, 340):
        send(database, person, role="neighbour", informed=("2", "1", "0")[person % 3])
    assert release_due_responses(database, K // 2)
    with open_release_view(database, GENERAL_CAMPAIGN, K // 2) as campaign:
        assert not [row for row in campaign.iter_rows() if row[0] == "family_carer" or row[5] == "-2"]


@pytest.mark.parametrize("later", [False, True])
def test_suppression_stays_when_a_flow_adds_a_detail(database: Database, later: bool) -> None:
    """The stored plan is of a version with one detail less."""
    carers_and_neighbours(database, 12)
    [(target,)] = fetch_rows(database, "select plan from disclosure_plans")
    plan = json.loads(str(target))
    plan["quasi_identifiers"].pop(0)
    plan["generalised_classes"] = [[one[1:], as_shown[1:]] for one, as_shown in plan["generalised_classes"]]
    plan["suppressed_counts"] = [[one[1:], counts_shown] for one, counts_shown in plan["suppressed_counts"]]
    execute_sql(database, "update disclosure_plans set plan = ?", json.dumps(plan))
    withdraw(database, 101)
    if later:
        next_period(database)
    old_rows = [row for row in read_all(database)[0].elements() if row[4] == "1"]
    assert len(old_rows) == 24
    assert {(row[0], row[5]) for row in old_rows} == {("*", "*")}
