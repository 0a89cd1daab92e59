"""A worker in its own process: requests a lock, prints whether it got it, and holds it until its input ends.

python -m tests.storage.conversations.lock_worker ADDRESS intake

python -m tests.storage.conversations.lock_worker ADDRESS CHAT
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
