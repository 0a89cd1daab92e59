"""How updates come in: asked for, or sent to us. Both are around the same `Taking`."""
