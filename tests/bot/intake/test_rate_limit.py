"""A chat that sends without end: so much is taken in and no more, it is told once, and the others don't notice."""

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.emulator import TelegramEmulator
from bot.intake.rate_limit import (
    MAX_BURST_UPDATES,
    MAX_REMEMBERED_ENTRIES,
    MAX_UPDATES_PER_SECOND,
    RateDecision,
    RateLimiter,
)
from tests.support.dead_letter_log import ON_ALL_DEPLOYMENTS
from tests.support.phone import Phone
from tests.support.running_bot import RunningBot
from tests.support.walkers import Walker

TOO_MANY = "That was a lot at once"
TAKE, TELL, DROP = RateDecision.ALLOW, RateDecision.NOTIFY, RateDecision.DROP
pauses = st.lists(st.one_of(st.just(0.0), st.floats(0, 0.2), st.floats(0, 20)), max_size=400)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def weighed(pauses: list[float]) -> list[tuple[float, RateDecision]]:
    """What becomes of updates with these pauses before them, and when they came."""
    clock = Clock()
    flood = RateLimiter(clock)
    found: list[tuple[float, RateDecision]] = []
    for pause in pauses:
        clock.now += pause
        found.append((clock.now, flood.check(1, len(found))))
    return found


@given(pauses)
def test_in_any_time_no_more_is_taken_than_a_burst_and_the_rate(pauses: list[float]) -> None:
    taken = [at for at, verdict in weighed(pauses) if verdict is TAKE]
    for first, since in enumerate(taken):
        for last in range(first, len(taken)):
            assert last - first + 1 <= MAX_BURST_UPDATES + MAX_UPDATES_PER_SECOND * (taken[last] - since) + 1e-6


@given(st.lists(st.floats(1 / MAX_UPDATES_PER_SECOND + 1e-9, 5), max_size=300))
def test_who_sends_no_faster_than_the_rate_is_always_taken_in(pauses: list[float]) -> None:
    assert {verdict for _, verdict in weighed(pauses)} <= {TAKE}


@given(st.integers(0, 3 * MAX_BURST_UPDATES))
def test_of_a_burst_so_many_are_taken_in_one_is_told_and_the_rest_dropped(many: int) -> None:
    expected = [TAKE] * MAX_BURST_UPDATES + [TELL] + [DROP] * (2 * MAX_BURST_UPDATES)
    assert [verdict for _, verdict in weighed([0.0] * many)] == expected[:many]


@given(pauses)
def test_between_two_times_that_somebody_is_told_the_flood_was_over(pauses: list[float]) -> None:
    """Half a burst has flowed back at least once: before, they are not told again."""
    found = weighed(pauses)
    told = [place for place, (_, verdict) in enumerate(found) if verdict is TELL]
    for one, next_one in pairwise(told):
        between = found[one : next_one + 1]
        assert between[-1][0] - between[0][0] >= (MAX_BURST_UPDATES / 2 - 1) / MAX_UPDATES_PER_SECOND
        assert sum(verdict is TAKE for _, verdict in between) >= MAX_BURST_UPDATES / 2


@given(pauses)
def test_whoever_is_dropped_was_told_before(pauses: list[float]) -> None:
    verdicts = [verdict for _, verdict in weighed(pauses)]
    if DROP in verdicts:
        assert TELL in verdicts[: verdicts.index(DROP)]


def test_after_a_pause_all_is_as_at_first() -> None:
    clock = Clock()
    flood = RateLimiter(clock)
    first = [flood.check(1, number) for number in range(2 * MAX_BURST_UPDATES)]
    clock.now += MAX_BURST_UPDATES / MAX_UPDATES_PER_SECOND
    assert [flood.check(1, number) for number in range(2 * MAX_BURST_UPDATES, 4 * MAX_BURST_UPDATES)] == first


@given(st.lists(st.tuples(st.integers(1, 3), st.one_of(st.just(0.0), st.floats(0, 20))), max_size=400))
def test_what_is_forgotten_of_other_chats_and_of_taken_updates_changes_nothing(came: list[tuple[int, float]]) -> None:
    clock, alone = Clock(), {chat: RateLimiter(lambda: clock.now) for chat in (1, 2, 3)}
    together = RateLimiter(clock)
    for number, (chat, pause) in enumerate(came):
        clock.now += pause
        assert together.check(chat, number) is alone[chat].check(chat, number)
        together.forget(number)


def test_nothing_is_kept_of_chats_that_are_quiet() -> None:
    clock = Clock()
    flood = RateLimiter(clock)
    for chat in range(MAX_REMEMBERED_ENTRIES // 2):
        flood.check(chat, chat)
        flood.forget(chat)
    clock.now += MAX_BURST_UPDATES / MAX_UPDATES_PER_SECOND + 2
    flood.check(MAX_REMEMBERED_ENTRIES, MAX_REMEMBERED_ENTRIES)
    flood.forget(MAX_REMEMBERED_ENTRIES)
    assert (len(flood._buckets), len(flood._decisions)) == (1, 0)  # noqa: SLF001 - what it costs in memory shows nowhere else


def test_one_chat_s_flood_is_no_other_chat_s() -> None:
    flood = RateLimiter(Clock())
    for number in range(2 * MAX_BURST_UPDATES):
        flood.check(1, number)
    assert [flood.check(2, number) for number in range(2 * MAX_BURST_UPDATES, 3 * MAX_BURST_UPDATES)] == [
        TAKE
    ] * MAX_BURST_UPDATES


def test_what_comes_again_counts_once_and_keeps_its_verdict() -> None:
    flood = RateLimiter(Clock())
    first = [flood.check(1, number) for number in range(MAX_BURST_UPDATES + 2)]
    assert (
        [flood.check(1, number) for number in range(MAX_BURST_UPDATES + 2)]
        == first
        == [TAKE] * MAX_BURST_UPDATES + [TELL, DROP]
    )


def test_what_got_no_turn_gets_none_when_it_comes_again_later() -> None:
    """As Telegram brings it to a webhook again, whose answer was lost: the person was told that it was too much."""
    clock = Clock()
    flood = RateLimiter(clock)
    first = [flood.check(1, number) for number in range(MAX_BURST_UPDATES + 1)]
    for number in range(MAX_BURST_UPDATES + 1):
        flood.forget(number)
    clock.now += 60
    assert first[-1] is flood.check(1, MAX_BURST_UPDATES) is TELL


def test_of_many_chats_and_updates_only_those_of_late_are_remembered() -> None:
    flood = RateLimiter(Clock())
    for number in range(3 * MAX_REMEMBERED_ENTRIES):
        flood.check(number, number)
    assert len(flood._buckets) == MAX_REMEMBERED_ENTRIES  # noqa: SLF001 - what it costs in memory shows nowhere else
    assert len(flood._decisions) == MAX_REMEMBERED_ENTRIES  # noqa: SLF001


@ON_ALL_DEPLOYMENTS
async def test_a_flooder_is_told_once_and_others_are_answered(
    bot: RunningBot, emulator: TelegramEmulator, phone: Phone
) -> None:
    flooder = Phone(emulator, 66)
    await Walker(flooder).walk_to("role")
    await bot.wait_for_delivery()
    for number in range(400):
        flooder.type_text(f"{number} and more")
    await Walker(phone).walk_to("viewpoint")
    await bot.wait_for_delivery()
    turns = Counter(line["reply"] for line in bot.find_log_lines("turn"))
    assert MAX_BURST_UPDATES - 3 <= turns["text"] < 350
    told = [number for number in flooder.received_ids if TOO_MANY in flooder.versions[number][0].text]
    assert len(told) == 1
    assert flooder.received_ids.index(told[0]) > MAX_BURST_UPDATES - 3, "after the replies to what was taken in before"
    assert bot.fetch_rows("select count(*) from dead_letters") == [(0,)]
