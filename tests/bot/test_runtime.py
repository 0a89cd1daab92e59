"""What stands in memory is left out of Python's collector, and taken back in the end."""

import gc
from collections.abc import Iterator
from weakref import ref

import pytest

from bot.runtime import GC_THRESHOLD_OBJECTS, freeze_garbage_collector


class Ring:
    """Only the collector finds it once nobody holds it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def _unfrozen_gc() -> Iterator[None]:
    """Nothing was left out yet: see tests/conftest.py."""
    gc.unfreeze()
    yield
    gc.collect()
    gc.freeze()


@pytest.mark.usefixtures("_unfrozen_gc")
def test_what_was_there_is_left_out_and_what_comes_later_is_not() -> None:
    before, old = gc.get_threshold(), Ring()
    with freeze_garbage_collector():
        assert gc.get_threshold()[0] == GC_THRESHOLD_OBJECTS
        there, new = ref(old), ref(Ring())
        del old
        gc.collect()
        assert there() is not None
        assert new() is None
    gc.collect()
    assert there() is None
    assert gc.get_threshold() == before


def test_where_it_was_seen_to_already_nothing_is_done() -> None:
    before, left_out = gc.get_threshold(), gc.get_freeze_count()
    with freeze_garbage_collector():
        assert gc.get_threshold() == before
    assert gc.get_freeze_count() == left_out > 0
