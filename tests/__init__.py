"""Behaviour through the real parts. The folders mirror the product's; `servers` starts the programs beside it."""
