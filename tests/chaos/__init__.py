"""The bot under bad luck: killed, cut off, flooded, its database stopped, its clock set. Long form: `make chaos`."""
