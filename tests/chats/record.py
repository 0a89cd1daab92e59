"""Rewrites the recorded chats after an intended change of texts: `python -m tests.chats.record`, then read the diff."""

import sys
import tempfile
from pathlib import Path

from tests.chats.replay import reopen_every_turn, replay

CHATS_FOLDER = Path(__file__).parent


def main() -> int:
    """Replays each chat, writes what the bot sends now, and prints which files changed."""
    with tempfile.TemporaryDirectory() as folder:
        for chat in sorted(CHATS_FOLDER.glob("*.txt")):
            before = chat.read_text("utf-8")
            now = replay(before, reopen_every_turn(f"sqlite:///{folder}/{chat.stem}.db"))
            if now != before:
                chat.write_text(now, "utf-8")
                sys.stdout.write(f"{chat.name} changed\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
