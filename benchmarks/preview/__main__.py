"""`python -m benchmarks.preview`: draw all boards."""

import argparse
import asyncio
from pathlib import Path

from benchmarks.preview.showing import draw
from benchmarks.preview.theme import THEMES
from benchmarks.preview.world import lived_in
from dashboards.building import BOARDS


def main() -> None:
    """Read the options, and draw."""
    parser = argparse.ArgumentParser(description=__doc__, prog="make boards-preview")
    parser.add_argument("--folder", type=Path, default=Path("docs/boards"), help="where the pictures go")
    parser.add_argument("--theme", choices=THEMES, default="light", help="as the stack has it: light")
    options = parser.parse_args()
    asyncio.run(_draw(options.folder, options.theme))


async def _draw(folder: Path, theme: str) -> None:
    print("34 people live for a year; this takes some minutes", flush=True)
    async with lived_in() as world, world.sources() as sources:
        for name in BOARDS:
            path = await draw(name, world, sources, THEMES[theme], folder)
            print(f"{path}  {path.stat().st_size // 1_024} KB")


if __name__ == "__main__":
    main()
