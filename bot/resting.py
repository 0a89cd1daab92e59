"""What is there once the bot is there stays there: Python's collector need not go through it again and again."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

MADE = 10_000  # objects between two looks at the young ones; the collector's own 700 are made within a turn or two


@contextmanager
def at_rest() -> Iterator[None]:
    """Within, what stands in memory now is left out of every collection (`gc.freeze`): code, flows, words.

    Half a million objects were looked through several times a second, a quarter of the CPU, and hardly ever one of
    them was let go. Where that was seen to already, nothing is done: whoever did it runs more than a bot.
    """
    if gc.get_freeze_count():
        yield
        return
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(MADE, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
