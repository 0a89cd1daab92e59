"""Random order and random ids, from the system's own source of chance: none of it can be worked out afterwards."""

import secrets
import uuid
from collections.abc import Iterable
from typing import TypeVar

Thing = TypeVar("Thing")


def shuffled(things: Iterable[Thing]) -> list[Thing]:
    """The same things in random order."""
    found = list(things)
    secrets.SystemRandom().shuffle(found)
    return found


def random_id() -> str:
    """A version 4 UUID (RFC 9562): no time and no machine in it."""
    return uuid.uuid4().hex
