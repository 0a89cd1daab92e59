"""Which way a page faces: for languages that are written from right to left it is turned round, but not its words."""

from collections.abc import Sequence
from dataclasses import replace

from bot.pictures.layout import flush_right
from bot.pictures.letters import begins_right, runs_left, runs_right
from bot.pictures.pieces import Page, Piece, Text


def faced(page: Page, *, from_right: bool) -> Page:
    """The page as it was arranged from the left, or its mirror image; each line begins where its language does."""
    turned = page.mirrored() if from_right else page
    return replace(turned, pieces=tuple(_directed(piece, from_right=from_right) for piece in turned.pieces))


def _directed(piece: Piece, *, from_right: bool) -> Piece:
    if not isinstance(piece, Text) or piece.from_right is not None or not runs_left(piece.line):
        return piece
    return replace(piece, from_right=from_right or not runs_right(piece.line))


def own_facing(lines: Sequence[Text], right: int, *, page_from_right: bool) -> list[Text]:
    """A person's own words, in their own direction on a page of another. Before the page is turned round."""
    own = begins_right(" ".join(line.line for line in lines))
    facing = [replace(line, from_right=own) for line in lines]
    return facing if own is page_from_right else flush_right(facing, right)
