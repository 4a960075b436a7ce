"""Behaviour through the real parts. The folders mirror those of the product; `servers` starts the programs beside it."""
