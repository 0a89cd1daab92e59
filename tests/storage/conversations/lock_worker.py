"""Another worker, in a process of its own: claims what it is told to, says what it got, and holds it until killed.

python -m tests.storage.worker ADDRESS intake
python -m tests.storage.worker ADDRESS CHAT
"""

import asyncio
import sys

from storage.conversations.locks import claims_on


async def main(address: str, what: str) -> None:
    claims = claims_on(address)
    got = bool(await (claims.intake() if what == "intake" else claims.speak(int(what))))
    sys.stdout.write(f"{got}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    await claims.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
