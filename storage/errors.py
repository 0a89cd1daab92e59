"""What can go wrong with remembering.

StorageFault             something is wrong; its text says what, and what to do
├── StorageAway          the database can't be reached or is full: nothing was kept, try again
│   └── StorageHeld      somebody else holds what is needed
├── StorageUnusable      the database or its key is not one this version can use
│   └── NoDatabase       there is none yet at this address
├── NotBackedUp          a backup could not be made
├── NotDownloaded        a download could not be made
├── SentAlready          this chat's answers are in the campaign already
├── RunLost              what is kept of one run can't be read; all else can
└── SayingUnread         one thing that is to be said can't be read by this version
"""

from typing import Literal


class StorageFault(Exception):
    """Something is wrong with what is remembered. Its text is one sentence for the operator, with the fix."""


class StorageAway(StorageFault):
    """The database can't be reached, is locked or is full. Nothing was kept; trying again is right."""


class StorageHeld(StorageAway):
    """Somebody else has locked what is needed, for longer than was waited."""


class StorageUnusable(StorageFault):
    """The database, its address or its key is not one that this version can use."""


class NoDatabase(StorageUnusable):
    """There is no database at this address yet, or one without tables."""


class NotBackedUp(StorageFault):
    """A backup could not be made. Nothing is left of it."""


class NotDownloaded(StorageFault):
    """A download could not be made. Nothing is left of it. `why`: for whoever can't read the operator's sentence."""

    def __init__(self, said: str, why: Literal["early", "too_many", "no_room", "other"] = "other") -> None:
        super().__init__(said)
        self.why = why


class SentAlready(StorageFault):
    """Of this chat a response is in the campaign already, and there is one a chat. Nothing was kept."""

    def __init__(self) -> None:
        super().__init__("This chat's answers are in the campaign already.")


class RunLost(StorageFault):
    """What is kept of one person's run can't be read: it must begin anew. `flow`, `version`: what it was of."""

    def __init__(self, flow: str, version: int) -> None:
        super().__init__("A run can't be read: its bytes are damaged, or a newer version wrote it.")
        self.flow = flow
        self.version = version


class SayingUnread(StorageFault):
    """One saying can't be read by this version: a newer one may have left it. `id` is its number in the outbox,
    `left_at` when it was left (seconds since 1970).
    """

    def __init__(self, number: int, left_at: int) -> None:
        super().__init__("A saying can't be read by this version.")
        self.id = number
        self.left_at = left_at
