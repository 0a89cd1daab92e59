"""The machine as a Mermaid diagram, drawn from the machine itself.

The whole walk has hundreds of transitions: too dense to read. Drawn is its main path.
"""

from flows.definition import CHECK, SENT, STOPPED, WELCOME
from flows.machine import Walk

FORWARD = ("start", "answer", "skip", "go_on", "send_now", "send")


def mermaid(walk: Walk) -> str:
    """The main path: from each place, where its ways forward lead when every question is shown and answered."""
    lines = ["stateDiagram-v2", "    direction TB", f"    [*] --> {WELCOME}"]
    lines += [f"    {source} --> {dest}: {' / '.join(ways)}" for (source, dest), ways in _main_path(walk).items()]
    lines += [f"    {CHECK} --> {STOPPED}: stop", f"    {STOPPED} --> {CHECK}: resume", f"    {SENT} --> [*]"]
    return "\n".join(lines)


def _main_path(walk: Walk) -> dict[tuple[str, str], list[str]]:
    path: dict[tuple[str, str], list[str]] = {}
    for way in FORWARD:
        event = walk.machine.events.get(way)
        for source, transitions in event.transitions.items() if event else ():
            for dest in _nearest(walk, source, [str(transition.dest) for transition in transitions]):
                path.setdefault((source, dest), []).append(way)
    order = _order(walk)
    return dict(sorted(path.items(), key=lambda item: (order[item[0][0]], order[item[0][1]])))


def _nearest(walk: Walk, source: str, dests: list[str]) -> list[str]:
    """The first place behind this one, if there is one: where the way leads when every question is shown."""
    order = _order(walk)
    onward = {dest for dest in dests if order[dest] > order[source]}
    return sorted(onward, key=order.__getitem__)[:1]


def _order(walk: Walk) -> dict[str, int]:
    names = [WELCOME, *walk.flow.by_id, CHECK, SENT, STOPPED]
    return {name: position for position, name in enumerate(names)}
