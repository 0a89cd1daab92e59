"""Flows in the operator's terminal."""

from bot.cli.terminal import render_mermaid
from flows.loader import OPEN_CAMPAIGN_FLOW_ID, load_walk


def test_a_flow_without_a_fork_can_be_drawn() -> None:
    assert "open_for --> check: answer / skip" in render_mermaid(load_walk(OPEN_CAMPAIGN_FLOW_ID))
