"""What can go wrong with remembering.

StorageFault             something is wrong; its text says what, and what to do
├── StorageAway          the database can't be reached or is full: nothing was kept, try again
└── StorageUnusable      the database or its key is not one this version can use
"""


class StorageFault(Exception):
    """Something is wrong with what is remembered. Its text is one sentence for the operator, with the fix."""


class StorageAway(StorageFault):
    """The database can't be reached, is locked or is full. Nothing was kept; trying again is right."""


class StorageUnusable(StorageFault):
    """The database, its address or its key is not one that this version can use."""
