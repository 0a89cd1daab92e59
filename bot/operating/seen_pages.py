"""What the doctor sees of HOST and PORT: whether the bot's own pages can be there, or are."""

import errno

from aiohttp import ClientError, ClientSession, ClientTimeout
from yarl import URL

from bot.listening import open_socket
from bot.operating.findings import Finding, mend, well
from bot.settings import Settings

PATIENCE = 5.0  # seconds


async def about_pages(settings: Settings) -> Finding:
    """Listens there for a moment. Who does already is asked whether it is the bot."""
    host, port = settings.host, settings.port
    if not settings.serves_pages:
        return well("pages", "none, and none are wanted: set PORT for /healthz, /readyz and /metrics.")
    try:
        open_socket(host, port).close()
    except OSError as fault:
        if fault.errno == errno.EADDRINUSE and await _is_ours(host, port):
            return well("pages", f"the bot serves them on {host}:{port}.")
        return mend("pages", f"{fault.strerror}.")
    return well("pages", f"{host}:{port} is free for them.")


async def _is_ours(host: str, port: int) -> bool:
    address = URL.build(scheme="http", host=host, port=port, path="/healthz")
    try:
        async with ClientSession(timeout=ClientTimeout(PATIENCE)) as session, session.get(address) as answer:
            return bool(await answer.json() == {"alive": True})
    except (TimeoutError, ClientError, ValueError):
        return False
