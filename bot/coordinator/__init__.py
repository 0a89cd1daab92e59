"""The coordinators' side of the chat."""
