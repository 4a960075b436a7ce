"""Files that only their owner may read: keys, passwords, and what a broker is told."""

import os
from pathlib import Path
from tempfile import NamedTemporaryFile


def write_private(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, readable for its owner only; on disk when this returns."""
    # Made with mode 0600, and beside its place, so that moving it there is one step.
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-", delete=False) as draft:
        try:
            draft.write(content)
            draft.flush()
            os.fsync(draft.fileno())
            Path(draft.name).replace(path)
        except BaseException:
            Path(draft.name).unlink(missing_ok=True)
            raise


def make_private_folder(path: Path) -> None:
    """Make a folder that only its owner may enter; one that is there already becomes so."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.chmod(0o700)
