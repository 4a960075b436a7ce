"""The boards' JSON: made, compared with what is committed, and written."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder

from dashboards.boards import client, cohort, nutrition, operations, recovery, roster, session, training

FOLDER = Path(__file__).parent / "json"

BOARDS: Mapping[str, Callable[[], Dashboard]] = {
    "roster": roster.board,
    "client": client.board,
    "nutrition": nutrition.board,
    "training": training.board,
    "session": session.board,
    "recovery": recovery.board,
    "cohort": cohort.board,
    "operations": operations.board,
}
"""By the name of the file."""


def render(name: str) -> str:
    """The text of a board's file: the same board is always the same text."""
    return json.dumps(BOARDS[name]().build(), cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def stale(folder: Path = FOLDER) -> list[str]:
    """Files that are missing, not what they should be, or of no board."""
    wanted = {f"{name}.json": render(name) for name in BOARDS}
    found = {path.name: path.read_text() for path in folder.glob("*.json")}
    return sorted(name for name in {*wanted, *found} if wanted.get(name) != found.get(name))


def write(folder: Path = FOLDER) -> None:
    """Write all files, and remove those of boards that are no more."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in stale(folder):
        stem = name.removesuffix(".json")
        if stem in BOARDS:
            (folder / name).write_text(render(stem))
        else:
            (folder / name).unlink()
