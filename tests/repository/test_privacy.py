"""The repository speaks of nobody's machine: no package host, no folder of a developer, no key."""

import re

import pytest

from tests.repository.files import ROOT, tracked_files

# Put together here from parts, so that this file need not be an exception.
HOSTS = [".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("crates", "io"))]
FOLDERS = [f"/{name}/" for name in ("work", "root", "opt/wheels", "Users")]
KEYS = ["PRIVATE" + " KEY-----"]


def lines_with(words: list[str]) -> list[str]:
    """File and line of each place that holds one of the words, not as the end of a longer path or name."""
    pattern = re.compile(r"(?<![\w.*}~)-])(?:" + "|".join(map(re.escape, words)) + ")")
    found = []
    for path in tracked_files():
        lines = path.read_bytes().decode(errors="replace").splitlines()
        found += [f"{path.relative_to(ROOT)}:{at}" for at, line in enumerate(lines, 1) if pattern.search(line)]
    return found


@pytest.mark.parametrize("words", [HOSTS, FOLDERS, KEYS], ids=["hosts", "folders", "keys"])
def test_no_file_names_a_package_host_a_machines_folder_or_a_private_key(words: list[str]) -> None:
    assert lines_with(words) == []


def test_the_search_would_find_one() -> None:
    # Else a mistake in the pattern would let everything through.
    assert lines_with(["make " + "run"])
