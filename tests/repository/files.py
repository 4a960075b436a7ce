"""The files of the repository, as a clone holds them."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def tracked_files() -> list[Path]:
    """All files that belong to the repository, also new ones that are not committed yet."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listing = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [path for name in listing.split("\0") if name and (path := ROOT / name).is_file()]


def text(name: str) -> str:
    """What the file of this name says."""
    return (ROOT / name).read_text(encoding="utf-8")
