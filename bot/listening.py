"""Pages of the bot's own: the webhook, where there is one, and how the bot is."""

import contextlib
import errno
import os
import socket
from collections.abc import AsyncIterator, Sequence

from starlette.applications import Starlette
from starlette.routing import Route

from bot.serving import Server, served

ANOTHER = "set another HOST or PORT"
FIXES = {
    errno.EADDRINUSE: "end what listens there, or set another PORT",
    errno.EADDRNOTAVAIL: "take an address of this machine: 127.0.0.1, 0.0.0.0 or ::",
    errno.EACCES: "set a PORT above 1023",
}


@contextlib.asynccontextmanager
async def listening(routes: Sequence[Route], host: str, port: int) -> AsyncIterator[int]:
    """Serves the routes until the block ends; what is under way is finished first. Gives the port. Raises `OSError`."""
    own = open_socket(host, port)
    async with served(Server(Starlette(routes=list(routes))), own):
        yield int(own.getsockname()[1])


def open_socket(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises `OSError`: its text names the setting."""
    family = _family(host)
    both = family == socket.AF_INET6 and socket.has_dualstack_ipv6()  # :: means all addresses, the old ones too
    try:
        made = socket.create_server((host, port), family=family, backlog=1024, dualstack_ipv6=both)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # an answer waits for nothing: else for 40 ms
        return made  # noqa: TRY300
    except OSError as fault:
        why, fix = os.strerror(fault.errno or 0), FIXES.get(fault.errno or 0, ANOTHER)
        raise OSError(fault.errno, f"HOST and PORT: {host}:{port} can't be listened on ({why}): {fix}") from fault


def _family(host: str) -> socket.AddressFamily:
    """The old kind of address where the name has one, else IPv6."""
    try:
        found = {one[0] for one in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except (socket.gaierror, UnicodeError) as fault:  # the latter: no name could be like this
        why = "this is no address, and no name that is known here: take 127.0.0.1, 0.0.0.0 or ::"
        raise OSError(errno.EADDRNOTAVAIL, f"HOST: {host}: {why}") from fault
    return socket.AF_INET if socket.AF_INET in found else socket.AF_INET6
