"""Compares this bot with others: CPU per update, updates per second, waits, memory, disk, start. One walk for all.

    python -m benchmarks.compare [--rounds N] [--only NAME ...] [--write FILE]

Each bot runs in a process of its own; this process simulates Telegram and its users (benchmarks/simulated_telegram.py).
The libraries of the peers are in an environment of their own: PEERS_PYTHON is its Python (requirements/peers.txt;
`make bench` creates it).
"""

import argparse
import asyncio
import os
import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measurement import PROJECT_FOLDER, Conditions, Figures, Peer, measure_peer
from benchmarks.recorded_walk import record_walk
from benchmarks.report import Row, write_results
from tests.support.postgresql import run_server

OUR_COMMAND = [sys.executable, "-m", "bot", "run"]
PEERS_PYTHON = os.environ.get("PEERS_PYTHON", str(PROJECT_FOLDER / ".peers" / "bin" / "python"))


def make_peer(name: str, module: str, **environment: str) -> Peer:
    return Peer(name, [PEERS_PYTHON, str(PROJECT_FOLDER / "benchmarks" / "peers" / f"{module}.py")], environment)


PEERS = {
    "ours": Peer("this bot, SQLite", OUR_COMMAND),
    "ours-postgresql": Peer("this bot, PostgreSQL", OUR_COMMAND, uses_postgresql=True),
    "ptb": make_peer("python-telegram-bot, pickle", "python_telegram_bot"),
    "aiogram": make_peer("aiogram, memory", "aiogram_fsm"),
    "aiogram-sqlite": make_peer("aiogram, SQLite", "aiogram_fsm", STORAGE="sqlite"),
    "telebot": make_peer("pyTelegramBotAPI, memory", "telebot_states"),
    "baseline": make_peer("no framework, no database", "baseline"),
}


async def run_comparison(
    peer_names: Sequence[str], round_count: int, document: Path | None
) -> dict[str, list[Figures]]:
    """Measures every bot in each round, so that other work on the machine affects all of them. Writes each round."""
    figures: dict[str, list[Figures]] = {name: [] for name in peer_names}
    with TemporaryDirectory() as folder, run_server(Path(folder) / "server") as server:
        conditions = Conditions(await record_walk(Path(folder)), server)
        for number in range(1, round_count + 1):
            for name in peer_names:
                figures[name].append(await measure_peer(PEERS[name], conditions))
                print(number, name, figures[name][-1], file=sys.stderr, flush=True)
            if document:
                write_results(document, build_table(figures), number)
    return figures


def summarise(figures: Sequence[Figures]) -> Row:
    """Returns the median, the lowest and the highest value of each figure."""
    sorted_values = {
        name: sorted(float(getattr(round_figures, name)) for round_figures in figures) for name in Figures.__slots__
    }
    return {name: (statistics.median(values), values[0], values[-1]) for name, values in sorted_values.items()}


def build_table(figures: Mapping[str, Sequence[Figures]]) -> dict[str, Row]:
    """Summarises the figures by the bots' full names."""
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
