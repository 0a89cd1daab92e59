"""The bot under faults: killed, disconnected, flooded, its database stopped, its clock set. At length: `make chaos`."""
