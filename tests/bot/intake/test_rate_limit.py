"""The rate limit: each chat has a burst and a rate, is informed once when it exceeds them, and delays no other chat."""

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
ALLOW, NOTIFY, DROP = RateDecision.ALLOW, RateDecision.NOTIFY, RateDecision.DROP
pauses = st.lists(st.one_of(st.just(0.0), st.floats(0, 0.2), st.floats(0, 20)), max_size=400)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def decide(pauses: list[float]) -> list[tuple[float, RateDecision]]:
    """The time and decision of each update, given the pauses before them."""
    clock = Clock()
    limiter = RateLimiter(clock)
    decisions: list[tuple[float, RateDecision]] = []
    for pause in pauses:
        clock.now += pause
        decisions.append((clock.now, limiter.check(1, len(decisions))))
    return decisions


@given(pauses)
def test_any_period_allows_at_most_a_burst_plus_the_rate(pauses: list[float]) -> None:
    allowed_times = [time for time, decision in decide(pauses) if decision is ALLOW]
    for first, start in enumerate(allowed_times):
        for last in range(first, len(allowed_times)):
            assert last - first + 1 <= MAX_BURST_UPDATES + MAX_UPDATES_PER_SECOND * (allowed_times[last] - start) + 1e-6


@given(st.lists(st.floats(1 / MAX_UPDATES_PER_SECOND + 1e-9, 5), max_size=300))
def test_updates_no_faster_than_the_rate_are_always_allowed(pauses: list[float]) -> None:
    assert {decision for _, decision in decide(pauses)} <= {ALLOW}


@given(st.integers(0, 3 * MAX_BURST_UPDATES))
def test_beyond_a_burst_one_update_is_answered_with_a_notice_and_the_rest_dropped(update_count: int) -> None:
    expected = [ALLOW] * MAX_BURST_UPDATES + [NOTIFY] + [DROP] * (2 * MAX_BURST_UPDATES)
    assert [decision for _, decision in decide([0.0] * update_count)] == expected[:update_count]


@given(pauses)
def test_a_second_notice_follows_only_after_half_a_burst(pauses: list[float]) -> None:
    """At least half a burst must become available before the next notice."""
    decisions = decide(pauses)
    notices = [position for position, (_, decision) in enumerate(decisions) if decision is NOTIFY]
    for one, next_one in pairwise(notices):
        between = decisions[one : next_one + 1]
        assert between[-1][0] - between[0][0] >= (MAX_BURST_UPDATES / 2 - 1) / MAX_UPDATES_PER_SECOND
        assert sum(decision is ALLOW for _, decision in between) >= MAX_BURST_UPDATES / 2


@given(pauses)
def test_no_update_is_dropped_before_a_notice(pauses: list[float]) -> None:
    verdicts = [decision for _, decision in decide(pauses)]
    if DROP in verdicts:
        assert NOTIFY in verdicts[: verdicts.index(DROP)]


def test_after_a_pause_a_full_burst_is_allowed_again() -> None:
    clock = Clock()
    limiter = RateLimiter(clock)
    first = [limiter.check(1, number) for number in range(2 * MAX_BURST_UPDATES)]
    clock.now += MAX_BURST_UPDATES / MAX_UPDATES_PER_SECOND
    assert [limiter.check(1, number) for number in range(2 * MAX_BURST_UPDATES, 4 * MAX_BURST_UPDATES)] == first


@given(st.lists(st.tuples(st.integers(1, 3), st.one_of(st.just(0.0), st.floats(0, 20))), max_size=400))
def test_decisions_do_not_depend_on_other_chats_or_forgotten_updates(updates: list[tuple[int, float]]) -> None:
    clock, separate_limiters = Clock(), {chat: RateLimiter(lambda: clock.now) for chat in (1, 2, 3)}
    shared_limiter = RateLimiter(clock)
    for number, (chat, pause) in enumerate(updates):
        clock.now += pause
        assert shared_limiter.check(chat, number) is separate_limiters[chat].check(chat, number)
        shared_limiter.forget(number)


def test_quiet_chats_are_forgotten() -> None:
    clock = Clock()
    limiter = RateLimiter(clock)
    for chat in range(MAX_REMEMBERED_ENTRIES // 2):
        limiter.check(chat, chat)
        limiter.forget(chat)
    clock.now += MAX_BURST_UPDATES / MAX_UPDATES_PER_SECOND + 2
    limiter.check(MAX_REMEMBERED_ENTRIES, MAX_REMEMBERED_ENTRIES)
    limiter.forget(MAX_REMEMBERED_ENTRIES)
    assert (len(limiter._buckets), len(limiter._decisions)) == (1, 0)  # noqa: SLF001 - memory use is visible nowhere else


def test_a_chat_over_its_limit_does_not_limit_another() -> None:
    limiter = RateLimiter(Clock())
    for number in range(2 * MAX_BURST_UPDATES):
        limiter.check(1, number)
    assert [limiter.check(2, number) for number in range(2 * MAX_BURST_UPDATES, 3 * MAX_BURST_UPDATES)] == [
        ALLOW
    ] * MAX_BURST_UPDATES


def test_a_repeated_update_counts_once_and_keeps_its_decision() -> None:
    limiter = RateLimiter(Clock())
    first = [limiter.check(1, number) for number in range(MAX_BURST_UPDATES + 2)]
    assert (
        [limiter.check(1, number) for number in range(MAX_BURST_UPDATES + 2)]
        == first
        == [ALLOW] * MAX_BURST_UPDATES + [NOTIFY, DROP]
    )


def test_a_rejected_update_is_rejected_again_when_repeated_later() -> None:
    """Telegram repeats an update to a webhook if the response was lost; the person was informed about it already."""
    clock = Clock()
    limiter = RateLimiter(clock)
    first = [limiter.check(1, number) for number in range(MAX_BURST_UPDATES + 1)]
    for number in range(MAX_BURST_UPDATES + 1):
        limiter.forget(number)
    clock.now += 60
    assert first[-1] is limiter.check(1, MAX_BURST_UPDATES) is NOTIFY


def test_the_number_of_remembered_chats_and_updates_is_limited() -> None:
    limiter = RateLimiter(Clock())
    for number in range(3 * MAX_REMEMBERED_ENTRIES):
        limiter.check(number, number)
    assert len(limiter._buckets) == MAX_REMEMBERED_ENTRIES  # noqa: SLF001 - memory use is visible nowhere else
    assert len(limiter._decisions) == MAX_REMEMBERED_ENTRIES  # noqa: SLF001


@ON_ALL_DEPLOYMENTS
async def test_a_flooding_chat_is_informed_once_and_others_are_answered(
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
    notices = [number for number in flooder.received_ids if TOO_MANY in flooder.versions[number][0].text]
    assert len(notices) == 1
    assert flooder.received_ids.index(notices[0]) > MAX_BURST_UPDATES - 3, (
        "the notice follows the replies to accepted updates"
    )
    assert bot.fetch_rows("select count(*) from dead_letters") == [(0,)]
