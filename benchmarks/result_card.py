"""The CPU time of one result card, in ms: `python -m benchmarks.result_card`.

*Cold* is the first card of a process: it loads Pillow and the fonts. *Warm* is the median of the following ones, each
with other answers, so that no card is drawn twice. Both include the check that the fonts have all characters.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice, product
from statistics import median

from bot.graphics.drawing import can_draw, draw
from bot.graphics.result_card import ResultCard, lay_out_result_card
from bot.render.localization import make_localizer
from bot.render.personal_result import make_result_card
from flows.scoring import score_answers
from storage.conversations.outbox import OutboxContent

WARM_CARDS = 60
COLD_PROCESSES = 3
CHOICES = ("2", "-1", "0", "not_sure", "1", "-2", None)


def make_cards() -> Iterator[ResultCard]:
    """Cards of the connection test in English, each with other answers."""
    localizer = make_localizer(OutboxContent("benchmark", "connection_test", "en", ()))
    questions = [question.id for question in localizer.flow.questions if question.part == localizer.flow.test]
    for choices in product(CHOICES, repeat=len(questions)):
        answers = dict(zip(questions, choices, strict=True))
        yield make_result_card(score_answers(localizer.flow, answers), localizer)


def measure_cpu_ms(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1_000


def draw_as_the_bot_does(card: ResultCard) -> bytes:
    if not can_draw(card):
        raise ValueError(f"The fonts lack a character of this card: {card}")
    return draw(card)


def measure_first_card() -> None:
    """Prints the cold figure of this process."""
    card = next(make_cards())
    print(measure_cpu_ms(partial(draw_as_the_bot_does, card)))


def measure_in_new_process() -> float:
    command = [sys.executable, "-m", "benchmarks.result_card", "--cold"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - this file itself
    return float(done.stdout)


def main() -> None:
    cold = median(measure_in_new_process() for _ in range(COLD_PROCESSES))
    first_card, *cards = islice(make_cards(), WARM_CARDS + 1)
    draw_as_the_bot_does(first_card)
    layout = median(measure_cpu_ms(partial(lay_out_result_card, card)) for card in cards)
    warm = [measure_cpu_ms(partial(draw_as_the_bot_does, card)) for card in cards]
    size = median(len(draw(card)) for card in cards)
    print(f"cold: {cold:.0f} ms of CPU for the first card of a process (median of {COLD_PROCESSES})")
    print(f"warm: {median(warm):.0f} ms of CPU for a card (median of {WARM_CARDS}; {min(warm):.0f} to {max(warm):.0f})")
    print(f"      of which layout: {layout:.1f} ms")
    print(f"size: {size / 1_000:.0f} KB")


if __name__ == "__main__":
    measure_first_card() if "--cold" in sys.argv else main()
