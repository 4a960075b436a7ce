"""The repository itself: what it tells newcomers, and what it installs."""
