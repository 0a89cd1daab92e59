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

from benchmarks.measuring import PROJECT_FOLDER, Conditions, Figures, Peer, measure_peer
from benchmarks.walk import record_walk
from benchmarks.written import Row, write_results
from tests.support.postgresql import run_server

OUR_COMMAND = [sys.executable, "-m", "bot", "run"]
PEERS_PYTHON = os.environ.get(
    "PEERS_PYTHON", str(PROJECT_FOLDER / ".peers" / "bin" / "python")
)  # what they need is not ours


def make_peer(name: str, module: str, **environment: str) -> Peer:
    return Peer(name, [PEERS_PYTHON, str(PROJECT_FOLDER / "benchmarks" / "peers" / f"{module}.py")], environment)


PEERS = {
    "ours": Peer("this bot, SQLite", OUR_COMMAND),
    "ours-postgresql": Peer("this bot, PostgreSQL", OUR_COMMAND, uses_postgresql=True),
    "ptb": make_peer("python-telegram-bot, pickle", "python_telegram_bot"),
    "aiogram": make_peer("aiogram, memory", "aiogram_fsm"),
    "aiogram-sqlite": make_peer("aiogram, SQLite", "aiogram_fsm", KEEP="sqlite"),
    "telebot": make_peer("pyTelegramBotAPI, memory", "telebot_states"),
    "floor": make_peer("no framework, no database", "floor"),
}


async def run_comparison(
    peer_names: Sequence[str], round_count: int, document: Path | None
) -> dict[str, list[Figures]]:
    """Every bot, round after round: what troubles the machine troubles all of them. After each, it is written."""
    figures: dict[str, list[Figures]] = {name: [] for name in peer_names}
    with TemporaryDirectory() as folder, run_server(Path(folder) / "server") as server:
        conditions = Conditions(await record_walk(Path(folder)), server)
        for number in range(round_count):
            for name in peer_names:
                figures[name].append(await measure_peer(PEERS[name], conditions))
                print(number + 1, name, figures[name][-1], file=sys.stderr, flush=True)
            if document:
                write_results(document, build_table(figures), number + 1)
    return figures


def summarise(figures: Sequence[Figures]) -> Row:
    """Of each figure the median, the least and the most."""
    values = {
        name: sorted(float(getattr(round_figures, name)) for round_figures in figures) for name in Figures.__slots__
    }
    return {
        name: (statistics.median(sorted_values), sorted_values[0], sorted_values[-1])
        for name, sorted_values in values.items()
    }


def build_table(figures: Mapping[str, Sequence[Figures]]) -> dict[str, Row]:
    """By the bots' names."""
    return {PEERS[name].name: summarise(peer_figures) for name, peer_figures in figures.items()}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=PEERS, default=list(PEERS))
    parser.add_argument("--write", type=Path, help="a document to write the table and the plot into")
    arguments = parser.parse_args()
    figures = asyncio.run(run_comparison(arguments.only, arguments.rounds, arguments.write))
    for name, row in build_table(figures).items():
        print(f"{name:<28}", *(f"{figure} {row[figure][0]:.2f}" for figure in row))


if __name__ == "__main__":
    main()
