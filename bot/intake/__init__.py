"""How updates come in. Polling today; a webhook will be a second module beside it, around the same `Taking`."""
