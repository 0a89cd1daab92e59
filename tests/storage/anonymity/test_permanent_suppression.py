"""What is hidden stays hidden from whoever holds everything: counts, rows, comments, and all downloads so far."""

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

K = 10
MARKS = ("new_choices", "support_to_choose", "building_on_strengths", "shared_decisions", "wider_support")
Everything = tuple[Counter[tuple[str, ...]], list[object], list[object]]


def send(database: Database, person: int, language: str = "en", **answers: str) -> None:
    with database.transaction() as session:
        run = Run("", "connection_test", 1, language)
        seal_response(session, run, person, answers, f"receipt of {person}")


def take_back(database: Database, person: int) -> None:
    with database.transaction() as session:
        assert withdraw_response(session, person, f"receipt of {person}") == "released"
    execute_sql(
        database, "update campaigns set new_participants = new_participants + 1"
    )  # in `general` they'd count as one fewer: not the point


def everything(campaign: ReleaseView) -> Everything:
    return Counter(campaign.iter_rows()), list(campaign.count_answers()), list(campaign.list_suppressed_columns())


def shown(database: Database) -> Everything:
    with open_release_view(database, GENERAL_CAMPAIGN, K) as campaign:
        return everything(campaign)


@pytest.fixture
def other_database(tmp_path_factory: pytest.TempPathFactory) -> Database:
    return open_database(f"sqlite:///{tmp_path_factory.mktemp('another')}/bot.db", TEST_SECRET_KEY)


@pytest.mark.parametrize("others", [0, 20, 21, 22, 23, 24, 60])
def test_nothing_that_is_shown_differs_between_all_agree_and_four_in_five(
    database: Database, other_database: Database, others: int
) -> None:
    """Carers agree with each other, all of them or twelve of fifteen; neighbours say this and that."""
    random = Random(others)
    said = [random.choice(["2", "1", "0", "-1", "-2"]) for _ in range(others)]
    for kept, agree in ((database, 15), (other_database, 12)):
        for person in range(15):
            send(kept, person, role="family_carer", informed="-2" if person < agree else "1")
        for person, answer in enumerate(said, start=100):
            send(kept, person, role="neighbour", informed=answer)
        assert release_due_responses(kept, K)
    assert shown(database) == shown(other_database)
    other_database.close()


@pytest.mark.parametrize("others", [20, 21, 22, 23, 24])
def test_nor_of_those_whose_rows_are_still_to_come(database: Database, other_database: Database, others: int) -> None:
    random = Random(others)
    said = [random.choice(["2", "1", "0", "-1", "-2"]) for _ in range(others)]
    for kept, agree in ((database, 15), (other_database, 12)):
        for person, answer in enumerate(said, start=100):
            send(kept, person, role="neighbour", informed=answer)
        assert release_due_responses(kept, K)
        for person in range(15):
            send(kept, person, role="family_carer", informed="-2" if person < agree else "1")
        assert release_due_responses(kept, K)
    assert shown(database) == shown(other_database)
    assert shown(database)[0].total() == others, "the carers' rows are still to come"
    other_database.close()


def test_who_agreed_with_the_others_still_counts(database: Database) -> None:
    for person in range(60):
        send(database, person, role="family_carer", informed="-2")
    release_due_responses(database, K)
    with open_release_view(database, GENERAL_CAMPAIGN, K) as campaign:
        counts = {one.answer: one.display_value for one in campaign.count_answers() if one.question == "informed"}
    assert (counts[""], counts["-2"], counts["2"]) == ("60", "50", "*")


def test_what_hid_somebody_goes_on_hiding_the_others_when_they_leave(database: Database) -> None:
    """Ten carers and a neighbour are all shown as `*`: were the ten named once she left, she would be the neighbour."""
    for person in range(10):
        send(database, person, role="family_carer", viewpoint="myself", informed=str(person % 3))
    send(database, 10, role="neighbour", viewpoint="myself", informed="-2")
    assert release_due_responses(database, K)
    before, _, _ = shown(database)
    assert {row[0] for row in before} == {"*"}
    take_back(database, 10)
    for person in range(20, 30):
        send(database, person, role="family_carer", viewpoint="myself", informed=str(person % 3))
    assert release_due_responses(database, K)
    after, _, _ = shown(database)
    assert after.total() == 10
    assert {row[0] for row in after} == {"*"}


def test_a_question_that_was_not_shown_for_a_class_stays_so(database: Database) -> None:
    for person in range(15):
        send(database, person, role="family_carer", informed="-2" if person < 12 else str(person % 2))
    assert release_due_responses(database, K)
    assert {row[5] for row in shown(database)[0]} == {"*"}
    take_back(database, 0)
    for person in range(20, 30):
        send(database, person, role="family_carer", informed=str(person % 3))
    assert release_due_responses(database, K)
    after, _, _ = shown(database)
    assert {row[5] for row in after} == {"*"}, "eleven of fourteen say it now"


def test_a_class_that_shrank_is_suppressed_more(database: Database) -> None:
    for person in range(10):
        send(database, person, role="family_carer", viewpoint="myself", informed=str(person % 3))
        send(database, 10 + person, role="neighbour", viewpoint="myself", informed=str(person % 3))
    assert release_due_responses(database, K)
    assert {row[0] for row in shown(database)[0]} == {"family_carer", "neighbour"}
    take_back(database, 3)
    for person in range(30, 40):
        send(database, person, role="family_carer", viewpoint="myself", informed=str(person % 3))
    assert release_due_responses(database, K)
    after, _, _ = shown(database)
    assert {row[0]: many for row, many in Counter(row[:1] for row in after.elements()).items()} == {"*": 19}


@pytest.mark.parametrize("seed", range(6))
def test_no_row_shows_in_a_later_download_what_it_did_not_show_before(database: Database, seed: int) -> None:
    """Each row is known again by its answers to what no class agrees on."""
    random = Random(seed)
    roles = ["family_carer"] * 8 + ["neighbour", "paid_worker"]
    people: list[int] = []
    seen: list[dict[tuple[str, ...], tuple[str, ...]]] = []
    for number in range(120):
        marks = {f: random.choice(["2", "1", "0", "-1", "-2"]) for f in MARKS}
        send(database, number, role=random.choice(roles), viewpoint=random.choice(["myself", "family"]), **marks)
        people.append(number)
        if release_due_responses(database, K):
            rows, _, _ = shown(database)
            seen.append({row[-len(MARKS) :]: row[: -len(MARKS)] for row in rows if "*" not in row[-len(MARKS) :]})
            for _ in range(random.randint(0, 3)):
                take_back(database, people.pop(random.randrange(len(people))))
    assert len(seen) > 5
    for earlier, later in pairwise(seen):
        for key in earlier.keys() & later.keys():
            opened_up = [(was, now) for was, now in zip(earlier[key], later[key], strict=True) if was == "*" != now]
            assert not opened_up


def words_of(database: Database) -> set[str]:
    with open_release_view(database, GENERAL_CAMPAIGN, K) as campaign:
        return {one.text for one in campaign.iter_comments()}


def test_comments_come_when_enough_of_them_are_new(database: Database) -> None:
    """Two a release: a single download more would tell when each was written."""
    news = []
    before: set[str] = set()
    for person in range(120):
        more = {"informed_why": f"words of {person}"} if person % 5 == 0 else {}
        send(database, person, role="family_carer", informed=str(person % 3), **more)
        if release_due_responses(database, K):
            now = words_of(database)
            assert before <= now
            news.append(len(now - before))
            before = now
    assert news == [0, 0, 0, 0, 0, 0, 14, 0, 0, 0, 0, 0], "once the third period is over"


def test_those_given_out_stay_when_one_of_them_is_taken_back(database: Database) -> None:
    for person in range(12):
        send(database, person, informed="1", informed_why=f"words of {person}")
    assert release_due_responses(database, K)
    assert len(words_of(database)) == 12
    take_back(database, 3)
    for person in range(20, 30):
        send(database, person, informed="1")
    assert release_due_responses(database, K)
    assert words_of(database) == {f"words of {person}" for person in range(12) if person != 3}


@pytest.mark.parametrize(("welsh", "said"), [(0, {"en"}), (1, {"*"}), (10, {"*"}), (20, {"cy"})])
def test_a_comment_s_language_is_told_where_all_have_one(database: Database, welsh: int, said: set[str]) -> None:
    for person in range(20):
        send(database, person, "cy" if person < welsh else "en", informed="1", informed_why=f"words of {person}")
    assert release_due_responses(database, K)
    with open_release_view(database, GENERAL_CAMPAIGN, K) as campaign:
        assert {one.language for one in campaign.iter_comments()} == said


def carers_and_neighbours(kept: Database, agree: int) -> None:
    """So many carers of fifteen say the same. The neighbours say this and that, and are shown."""
    for person in range(15):
        send(kept, person, role="family_carer", informed="-2" if person < agree else "1")
    for person in range(100, 110):
        send(kept, person, role="neighbour", informed=("-2", "1", "2")[person % 3])
    assert release_due_responses(kept, K)
    shown(kept)


def next_period(kept: Database) -> None:
    for person in range(200, 220):
        send(kept, person, role="neighbour", informed=("2", "1", "0")[person % 3])
    assert release_due_responses(kept, K)


@pytest.mark.parametrize("goes", [101, 0])
def test_nor_when_somebody_goes_and_classes_are_merged_or_shrink(
    database: Database, other_database: Database, goes: int
) -> None:
    for kept, agree in ((database, 15), (other_database, 12)):
        carers_and_neighbours(kept, agree)
        take_back(kept, goes)
        next_period(kept)
    assert shown(database) == shown(other_database)
    other_database.close()


def test_nor_where_few_of_a_class_answered(database: Database, other_database: Database) -> None:
    for kept, odd in ((database, "-2"), (other_database, "1")):
        for person in range(15):
            answers = {"informed": "-2" if person else odd} if person < 4 else {}
            send(kept, person, role="family_carer", **answers)
        for person in range(100, 120):
            send(kept, person, role="neighbour", informed=("-2", "1", "2")[person % 3])
        assert release_due_responses(kept, K)
    assert shown(database) == shown(other_database)
    other_database.close()


def test_what_is_hidden_stays_so_where_the_size_is_lowered(database: Database) -> None:
    for person in range(10):
        send(database, person, role="family_carer", informed="-2" if person < 8 else "1")
    assert release_due_responses(database, K)
    assert {row[5] for row in shown(database)[0]} == {"*"}
    take_back(database, 9)
    next_period(database)
    assert not [row for row in shown(database)[0] if "family_carer" in row]
    for person in range(300, 340):
        send(database, person, role="neighbour", informed=("2", "1", "0")[person % 3])
    assert release_due_responses(database, K // 2)
    with open_release_view(database, GENERAL_CAMPAIGN, K // 2) as campaign:
        assert not [row for row in campaign.iter_rows() if row[0] == "family_carer" or row[5] == "-2"]


@pytest.mark.parametrize("later", [False, True])
def test_where_a_flow_comes_to_ask_for_other_details_what_was_suppressed_stays_so(
    database: Database, later: bool
) -> None:
    """The plan in the database is of a version that asked for one less."""
    carers_and_neighbours(database, 12)
    [(kept,)] = fetch_rows(database, "select plan from disclosure_plans")
    settled = json.loads(str(kept))
    settled["quasi_identifiers"].pop(0)
    settled["generalised_classes"] = [[one[1:], as_shown[1:]] for one, as_shown in settled["generalised_classes"]]
    settled["suppressed_counts"] = [[one[1:], told] for one, told in settled["suppressed_counts"]]
    execute_sql(database, "update disclosure_plans set plan = ?", json.dumps(settled))
    take_back(database, 101)
    if later:
        next_period(database)
    old = [row for row in shown(database)[0].elements() if row[4] == "1"]
    assert len(old) == 24
    assert {(row[0], row[5]) for row in old} == {("*", "*")}
