"""The scripts below the Makefile: what they tell people whose machine they can't set up."""

import subprocess
import sys
from pathlib import Path

from tests.repository.files import ROOT

Ended = subprocess.CompletedProcess[str]


def script(name: str, *arguments: str, **environment: str) -> Ended:
    """Run one with an environment of its own, and no package manager in sight unless PATH has one."""
    command = [str(ROOT / "scripts" / name), *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)


def folder_with(folder: Path, *programs: str) -> str:
    """A PATH on which there are these programs only; they do nothing."""
    for program in programs:
        (folder / program).write_text("#!/bin/sh\n")
        (folder / program).chmod(0o755)
    return str(folder)


def test_a_python_that_fits_is_taken(tmp_path: Path) -> None:
    (tmp_path / "python3").symlink_to(sys.executable)
    assert script("find-python", PATH=str(tmp_path)).stdout.strip() == str(tmp_path / "python3")


def test_the_python_that_is_asked_for_is_taken(tmp_path: Path) -> None:
    assert script("find-python", PATH=str(tmp_path), PYTHON=sys.executable).stdout.strip() == sys.executable


def test_a_machine_without_a_python_that_fits_is_told_which_would(tmp_path: Path) -> None:
    for environment in ({}, {"PYTHON": "python2.7"}):
        ended = script("find-python", PATH=str(tmp_path), **environment)
        assert ended.returncode == 1
        assert ended.stdout == ""
        assert "Python 3.11, 3.12 or 3.13" in ended.stderr


def test_a_machine_without_a_package_manager_is_told_what_to_install(tmp_path: Path) -> None:
    ended = script("install-programs", "run", PATH=folder_with(tmp_path, "mosquitto"))
    assert ended.returncode == 1
    assert ended.stderr == "Please install these first (as Debian names them): mosquitto-clients\n"


def test_a_machine_that_has_all_programs_is_left_alone(tmp_path: Path) -> None:
    ended = script("install-programs", "run", PATH=folder_with(tmp_path, "mosquitto", "mosquitto_pub"))
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_an_influxdb_elsewhere_need_not_be_installed_here(tmp_path: Path) -> None:
    programs = ("mosquitto", "mosquitto_pub", "git", "initdb", "promtool", "node_exporter")
    path = folder_with(tmp_path, *programs)
    assert script("install-programs", "test", PATH=path, PACELINE_INFLUX_URL="http://influx:8086").returncode == 0
