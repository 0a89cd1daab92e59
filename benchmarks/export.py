"""What a download costs: time, and the most memory that its process takes.

    python -m benchmarks.export [RESPONSES] [package|xlsx|sav]

The rows are made with plain SQL. Beside it stands what sqlite3's own program takes to write the same rows, as they
are, as CSV. The first download of a release settles what it shows; the second only reads it.
"""

import json
import os
import shutil
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from uuid import UUID

import psutil  # type: ignore[import-untyped]  # its types are a package of their own

from flows.loader import load
from storage.anonymity.periods import add_release
from storage.campaigns.repository import GENERAL, find_campaign
from storage.db.database import open_database
from storage.db.encryption import Cipher

RESPONSES = int(sys.argv[1]) if sys.argv[1:] else 1_000_000
KIND = sys.argv[2] if sys.argv[2:] else "package"
BATCH = 1_000  # responses of a release
K = 10
COMMENTED = 10  # one in so many said something
FILL = (
    "insert into released (campaign, id, release, flow, version, language, answers, receipt) values (?,?,?,?,?,?,?,?)"
)
SAY = (
    "insert into comments (campaign, id, release, flow, language, question, words, state, receipt)"
    " values (:campaign, :id, 1, 'connection_test', 'en', 'informed_why', :words, 'new', :receipt)"
)
CSV = "select release, version, language, answers from released order by campaign, id"


def responses(random: Random, many: int) -> Iterator[tuple[object, ...]]:
    choices = {place.id: [one.id for one in place.choices] for place in load().flow.questions if place.kind == "choice"}
    for number in range(many):
        answers = json.dumps({question: random.choice(offered) for question, offered in choices.items()})
        one = UUID(int=random.getrandbits(128)).hex
        yield GENERAL, one, 1 + number // BATCH, "connection_test", 1, "en", answers, random.randbytes(32)


def comments(random: Random, cipher: Cipher) -> Iterator[dict[str, object]]:
    for number in range(RESPONSES // COMMENTED):
        words = cipher.seal(f"They rang back, and then a nurse came, number {number}.")
        one = UUID(int=random.getrandbits(128)).hex
        yield {"campaign": GENERAL, "id": one, "words": words, "receipt": random.randbytes(32)}


def fill(file: Path) -> None:
    random, database = Random(7), open_database(f"sqlite:///{file}")
    releases = -(-RESPONSES // BATCH)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.executemany(FILL, responses(random, RESPONSES))
        connection.executemany(SAY, comments(random, database.cipher))
        connection.execute("update campaigns set releases = ?", (releases,))
    with database.transaction() as tx:
        campaign = find_campaign(tx, GENERAL)
        for number in range(releases):
            add_release(tx, replace(campaign, releases=number), BATCH, K)
    database.close()


def measured(*command: str, out: Path, **settings: str) -> str:
    """Seconds, and the most memory, of a process."""
    began, most = time.perf_counter(), 0
    with out.open("wb") as into:
        process = psutil.Popen(command, stdout=into, env=os.environ | settings)
        while process.poll() is None:
            with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                most = max(most, process.memory_info().rss)
            time.sleep(0.01)
    assert process.returncode == 0
    return f"{time.perf_counter() - began:6.1f} s {most / 1e6:6.0f} MB"


def main() -> None:
    with TemporaryDirectory() as name:
        folder, file = Path(name), Path(name) / "bot.db"
        fill(file)
        print(f"{RESPONSES:,} responses, {file.stat().st_size / 1e6:.0f} MB on disk")
        export = [sys.executable, "-m", "bot", "export", "--campaign", GENERAL, "--format", KIND, "--to"]
        for number in ("first", "second"):
            to = folder / number
            took = measured(*export, str(to), out=folder / "said", DATABASE_URL=f"sqlite:///{file}")
            print(f"{KIND}, {number:8} {took} {to.stat().st_size / 1e6:6.1f} MB written")
        if shutil.which("sqlite3"):
            print("sqlite3 -csv     ", measured("sqlite3", "-csv", str(file), CSV, out=folder / "rows.csv"))


if __name__ == "__main__":
    main()
