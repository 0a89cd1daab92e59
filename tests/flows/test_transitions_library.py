"""What the walk relies on in the library `transitions`, beyond its tutorial."""

from dataclasses import dataclass
from importlib.metadata import version

import pytest
from transitions import EventData, Machine, MachineError


@dataclass(slots=True)
class Light:
    """A model with its state and what a condition looks at."""

    state: str
    tired: bool = False


def tired(event: EventData) -> bool:
    assert isinstance(event.model, Light)
    return event.model.tired


def machine() -> Machine:
    return Machine(
        model=None,
        states=["home", "shop", "bed"],
        transitions=[
            {"trigger": "go", "source": "home", "dest": "bed", "conditions": [tired]},
            {"trigger": "go", "source": "home", "dest": "shop"},
            {"trigger": "sleep", "source": "home", "dest": "bed", "conditions": [tired]},
        ],
        initial="home",
        auto_transitions=False,
        send_event=True,
        queued=False,
    )


def test_the_version_is_the_one_that_was_measured() -> None:
    assert version("transitions") == "0.9.3"


def test_an_event_moves_a_model_that_was_never_registered() -> None:
    built = machine()
    light = Light("home")
    assert built.events["go"].trigger(light) is True
    assert light.state == "shop"
    assert built.models == []


def test_transitions_are_tried_in_the_order_they_were_added() -> None:
    light = Light("home", tired=True)
    machine().events["go"].trigger(light)
    assert light.state == "bed"


def test_where_no_condition_holds_nothing_moves_and_false_comes_back() -> None:
    light = Light("home")
    assert machine().events["sleep"].trigger(light) is False
    assert light.state == "home"


def test_nothing_is_hung_on_the_model() -> None:
    light = Light("home")
    machine().events["go"].trigger(light)
    assert not hasattr(light, "__dict__")
    assert not hasattr(light, "go")


def test_a_way_that_this_state_does_not_have_is_a_machine_error() -> None:
    light = Light("bed")
    with pytest.raises(MachineError):
        machine().events["go"].trigger(light)
    assert light.state == "bed"


def test_an_unknown_state_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="moon"):
        machine().events["go"].trigger(Light("moon"))


def test_an_unknown_event_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        machine().events["fly"]


def test_the_table_of_an_event_names_the_states_it_starts_from() -> None:
    assert set(machine().events["go"].transitions) == {"home"}


def test_two_models_on_one_machine_do_not_touch() -> None:
    built = machine()
    one, other = Light("home"), Light("home", tired=True)
    built.events["go"].trigger(one)
    built.events["go"].trigger(other)
    assert (one.state, other.state) == ("shop", "bed")


def test_auto_transitions_are_off() -> None:
    assert set(machine().events) == {"go", "sleep"}
