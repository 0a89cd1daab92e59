"""What is stored, read past all of our own code: plain sqlite3 on the file."""

import json
import sqlite3
from pathlib import Path


def responses(database: Path) -> list[dict[str, str | None]]:
    """The answers of every sent response."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return [json.loads(row[0]) for row in connection.execute("select answers from responses")]
    finally:
        connection.close()
