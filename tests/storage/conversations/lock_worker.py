"""Another worker, in a process of its own: claims what it is told to, says what it got, and holds it until killed.

python -m tests.storage.worker ADDRESS intake
python -m tests.storage.worker ADDRESS CHAT
"""

import asyncio
import sys

from storage.conversations.locks import create_locks


async def main(database_url: str, lock_name: str) -> None:
    locks = create_locks(database_url)
    is_acquired = bool(await (locks.acquire_intake() if lock_name == "intake" else locks.acquire_chat(int(lock_name))))
    sys.stdout.write(f"{is_acquired}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    await locks.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
