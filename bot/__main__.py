"""The command line: `python -m bot`, or `connection-test`. Exit codes: 0 done, 1 could not, 2 wrong use.

Heavy imports stand inside the commands: `--help`, `check` and `draw` need none of them.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated

import typer

from bot.ending import or_end, usable_settings
from bot.operating.commands import operating
from bot.settings import Unset
from flows.faults import FlowFault
from flows.loading import DEFAULT, load

if TYPE_CHECKING:
    from flows.machine import Walk

cli = typer.Typer(
    name="connection-test",
    help="The connection test and five key messages, one question at a time, on Telegram.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
cli.add_typer(operating)
Flow = Annotated[str, typer.Argument(help="The flow's folder in flows/library.")]


@cli.command()
def run() -> None:
    """Runs the bot on Telegram. Without TELEGRAM_BOT_TOKEN, the preview."""
    settings = usable_settings()
    from bot.app import serve
    from bot.previewing import preview

    if settings.token is None:
        print("TELEGRAM_BOT_TOKEN is not set, so this is the preview.", flush=True)
        _until_stopped(lambda stopping: preview(settings, settings.port, stopping))
    else:
        _until_stopped(lambda stopping: serve(settings, stopping))


@cli.command()
def preview(
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="The port on 127.0.0.1; PORT, or 8080, unless told.")
    ] = None,
) -> None:
    """Runs the bot in a phone-like page in the browser; no Telegram needed."""
    settings = usable_settings()
    from bot.previewing import preview as serve_preview

    chosen = settings.port if port is None else port
    _until_stopped(lambda stopping: serve_preview(settings, chosen, stopping))


@cli.command()
def play(
    flow: Flow = DEFAULT,
    language: Annotated[str, typer.Option(help="A language code, such as en.")] = "en",
) -> None:
    """Walks a flow here in the terminal. Nothing is kept."""
    from bot.play import walk_through

    walk_through(_load(flow), language)


@cli.command()
def check(flow: Flow = DEFAULT) -> None:
    """Checks a flow: its places, its words, its labels, its buttons."""
    found = _load(flow).flow
    languages = ", ".join(found.labels)
    print(f"{found.id}, version {found.version}: {len(found.questions)} questions, in {languages}. All is well.")


@cli.command()
def draw(flow: Flow = DEFAULT) -> None:
    """Prints a flow's machine as a Mermaid diagram."""
    from bot.drawing import mermaid

    print(mermaid(_load(flow)))


def main() -> None:
    """The entry point. Whatever goes wrong ends in one plain sentence on standard error."""
    try:
        cli()
    except KeyboardInterrupt:
        sys.exit(1)


def _load(name: str) -> "Walk":
    return or_end(lambda: load(name), FlowFault)


def _until_stopped(work: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    import uvloop

    from bot.stopping import stop_on_signals
    from storage.faults import StorageFault

    async def working() -> None:
        stopping = asyncio.Event()
        stop_on_signals(stopping)
        await work(stopping)

    or_end(lambda: uvloop.run(working()), Unset, StorageFault, FlowFault, OSError)


if __name__ == "__main__":
    main()
