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


class StorageError(Exception):
    """Something is wrong with what is remembered. Its text is one sentence for the operator, with the fix."""


class StorageUnavailableError(StorageError):
    """The database can't be reached, is locked or is full. Nothing was kept; trying again is right."""


class StorageLockedError(StorageUnavailableError):
    """Somebody else has locked what is needed, for longer than was waited."""


class StorageUnreadableError(StorageError):
    """The database, its address or its key is not one that this version can use."""


class DatabaseMissingError(StorageUnreadableError):
    """There is no database at this address yet, or one without tables."""


class BackupError(StorageError):
    """A backup could not be made. Nothing is left of it."""


class ExportError(StorageError):
    """A download could not be made. Nothing is left of it. `why`: for whoever can't read the operator's sentence."""

    def __init__(self, message: str, reason: Literal["early", "too_many", "no_room", "other"] = "other") -> None:
        super().__init__(message)
        self.reason = reason


class AlreadySubmittedError(StorageError):
    """Of this chat a response is in the campaign already, and there is one a chat. Nothing was kept."""

    def __init__(self) -> None:
        super().__init__("This chat's answers are in the campaign already.")


class RunUnreadableError(StorageError):
    """What is kept of one person's run can't be read: it must begin anew. `flow`, `version`: what it was of."""

    def __init__(self, flow: str, version: int) -> None:
        super().__init__("A run can't be read: its bytes are damaged, or a newer version wrote it.")
        self.flow = flow
        self.version = version


class UnreadableEntryError(StorageError):
    """One saying can't be read by this version: a newer one may have left it. `id` is its number in the outbox,
    `left_at` when it was left (seconds since 1970).
    """

    def __init__(self, entry_id: int, created_at: int) -> None:
        super().__init__("A saying can't be read by this version.")
        self.entry_id = entry_id
        self.created_at = created_at
