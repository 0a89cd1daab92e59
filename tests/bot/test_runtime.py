"""Objects in memory at startup are excluded from garbage collection, and included again at shutdown."""

import gc
from collections.abc import Iterator
from weakref import ref

import pytest

from bot.runtime import GC_THRESHOLD_OBJECTS, freeze_garbage_collector


class Ring:
    """A reference cycle, which only the garbage collector frees."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def _unfrozen_gc() -> Iterator[None]:
    """Undoes the freeze in tests/conftest.py."""
    gc.unfreeze()
    yield
    gc.collect()
    gc.freeze()


@pytest.mark.usefixtures("_unfrozen_gc")
def test_only_objects_from_before_the_freeze_are_excluded() -> None:
    before, old = gc.get_threshold(), Ring()
    with freeze_garbage_collector():
        assert gc.get_threshold()[0] == GC_THRESHOLD_OBJECTS
        old_ref, new_ref = ref(old), ref(Ring())
        del old
        gc.collect()
        assert old_ref() is not None
        assert new_ref() is None
    gc.collect()
    assert old_ref() is None
    assert gc.get_threshold() == before


def test_a_second_freeze_does_nothing() -> None:
    before, frozen_count = gc.get_threshold(), gc.get_freeze_count()
    with freeze_garbage_collector():
        assert gc.get_threshold() == before
    assert gc.get_freeze_count() == frozen_count > 0
