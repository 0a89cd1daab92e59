"""A yes or no that is asked beside the walk: shall the answers be deleted, or given up for another campaign?

The run stays where it was meanwhile. While such a question stands, what is typed is for it, and answers nothing else.
"""

from dataclasses import dataclass

from flows.asked import OtherUnderway
from flows.events import DeletionAsked


@dataclass(frozen=True, slots=True)
class Beside:
    """The question that stands, and whether it is what was said last: else a yes may be meant for something else."""

    asked: DeletionAsked | OtherUnderway
    last: bool = True
