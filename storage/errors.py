"""Errors of the storage package. Their texts are single sentences for the operator, with the fix.

StorageError
├── StorageUnavailableError    the database is unreachable, locked or full: nothing was stored, try again
│   └── StorageLockedError     someone else holds a lock that is needed
├── StorageUnreadableError     this version can't use the database, its URL or its key
│   └── DatabaseMissingError   there is no database at this URL yet
├── BackupError                a backup could not be made
├── ExportError                an export could not be made
├── AlreadySubmittedError      this chat has already submitted answers to the campaign
├── RunUnreadableError         one person's stored run can't be read; everything else can
├── UnreadableEntryError       this version can't read one outbox entry
└── UnknownCampaignError       there is no such campaign (`storage.campaigns.repository`)
"""

from typing import Literal


class StorageError(Exception):
    """Something is wrong with the database or with what is stored in it."""


class StorageUnavailableError(StorageError):
    """The database is unreachable, locked or full. Nothing was stored, and trying again is right."""


class StorageLockedError(StorageUnavailableError):
    """Someone else has held a lock that is needed for longer than the lock timeout."""


class StorageUnreadableError(StorageError):
    """The database, its URL or its key is not one that this version can use."""


class DatabaseMissingError(StorageUnreadableError):
    """There is no database at this URL yet, or one without tables."""


class BackupError(StorageError):
    """A backup could not be made. No part of it is left."""


class ExportError(StorageError):
    """An export could not be made. No part of it is left.

    `reason` is for coordinators, who do not see the operator's sentence: nothing is released yet (`no_release`), the
    file format does not hold so many rows (`too_many`), the file cannot be written, as on a full disk (`write_failed`),
    or another reason.
    """

    def __init__(
        self, message: str, reason: Literal["no_release", "too_many", "write_failed", "other"] = "other"
    ) -> None:
        super().__init__(message)
        self.reason = reason


class AlreadySubmittedError(StorageError):
    """A campaign takes one response from each chat, and has one from this chat. Nothing was stored."""

    def __init__(self) -> None:
        super().__init__("This chat has already submitted answers to the campaign.")


class RunUnreadableError(StorageError):
    """A stored run can't be read, so that its person must start again. `flow` and `version`: those of the run."""

    def __init__(self, flow: str, version: int) -> None:
        super().__init__("A run cannot be read: its data is damaged, or a newer version wrote it.")
        self.flow = flow
        self.version = version


class UnreadableEntryError(StorageError):
    """One outbox entry can't be read by this version: a newer version may have written it.

    `created_at` is in seconds since 1970.
    """

    def __init__(self, entry_id: int, created_at: int) -> None:
        super().__init__("This version cannot read an outbox entry.")
        self.entry_id = entry_id
        self.created_at = created_at
