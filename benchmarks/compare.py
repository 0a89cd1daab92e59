"""Our bot beside its peers: CPU an update, updates a second, waits, memory, disk, start. One run, one walk for all.

    python -m benchmarks.compare [--rounds N] [--only NAME ...] [--write FILE]

Each bot runs in a process of its own; this one is Telegram and the people (benchmarks/town.py). The peers' libraries
are in an environment of their own: PEERS_PYTHON is its Python (requirements/peers.txt; `make bench` makes it).
"""

import argparse
import asyncio
import os
import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measuring import HOUSE, Figures, Ground, Peer, measured
from benchmarks.walk import recorded
from benchmarks.written import Row, write
from tests.support.postgresql import postgresql

OURS = [sys.executable, "-m", "bot", "run"]
THEIRS = os.environ.get("PEERS_PYTHON", str(HOUSE / ".peers" / "bin" / "python"))  # what they need is not ours


def peer(name: str, module: str, **more: str) -> Peer:
    return Peer(name, [THEIRS, str(HOUSE / "benchmarks" / "peers" / f"{module}.py")], more)


PEERS = {
    "ours": Peer("this bot, SQLite", OURS),
    "ours-postgresql": Peer("this bot, PostgreSQL", OURS, on_postgresql=True),
    "ptb": peer("python-telegram-bot, pickle", "python_telegram_bot"),
    "aiogram": peer("aiogram, memory", "aiogram_fsm"),
    "aiogram-sqlite": peer("aiogram, SQLite", "aiogram_fsm", KEEP="sqlite"),
    "telebot": peer("pyTelegramBotAPI, memory", "telebot_states"),
    "floor": peer("no framework, no database", "floor"),
}


async def run(names: Sequence[str], rounds: int, document: Path | None) -> dict[str, list[Figures]]:
    """Every bot, round after round: what troubles the machine troubles all of them. After each, it is written."""
    found: dict[str, list[Figures]] = {name: [] for name in names}
    with TemporaryDirectory() as folder, postgresql(Path(folder) / "server") as server:
        ground = Ground(await recorded(Path(folder)), server)
        for number in range(rounds):
            for name in names:
                found[name].append(await measured(PEERS[name], ground))
                print(number + 1, name, found[name][-1], file=sys.stderr, flush=True)
            if document:
                write(document, table_of(found), number + 1)
    return found


def medians(of: Sequence[Figures]) -> Row:
    """Of each figure the median, the least and the most."""
    values = {name: sorted(float(getattr(one, name)) for one in of) for name in Figures.__slots__}
    return {name: (statistics.median(each), each[0], each[-1]) for name, each in values.items()}


def table_of(found: Mapping[str, Sequence[Figures]]) -> dict[str, Row]:
    """By the bots' names."""
    return {PEERS[name].name: medians(each) for name, each in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=PEERS, default=list(PEERS))
    parser.add_argument("--write", type=Path, help="a document to write the table and the plot into")
    told = parser.parse_args()
    found = asyncio.run(run(told.only, told.rounds, told.write))
    for name, row in table_of(found).items():
        print(f"{name:<28}", *(f"{figure} {row[figure][0]:.2f}" for figure in row))


if __name__ == "__main__":
    main()
