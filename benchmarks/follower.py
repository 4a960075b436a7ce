"""The command `paceline insights` beside a stack, as a process of its own."""

import sys

from benchmarks.part import Part
from benchmarks.stack import DATABASE, Stack
from paceline.processes import Child

_RUN_PACELINE = "from paceline.cli import main; main()"


def follower(stack: Stack, *, share: str | None = None, instance: int = 0, metrics_port: int | None = None) -> Part:
    """The command, on the stack's broker and stores; ready when it has been connected to the broker.

    Args:
        stack: that it belongs to.
        share: as `--share`.
        instance: as `--instance`.
        metrics_port: where it serves its metrics; None: nowhere.
    """
    folder = stack.folder / "data"
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-c", _RUN_PACELINE, "insights", "--instance", str(instance)]
    command += ["--share", share] if share else []
    environment = {
        "PACELINE_DATA": str(folder),
        "PACELINE_BROKER_URL": stack.events_url,
        "PACELINE_INFLUX_DATABASE": DATABASE,
        "PACELINE_LOG_FORMAT": "json",
    }
    if stack.influx_url:
        environment["PACELINE_INFLUX_URL"] = stack.influx_url
    if metrics_port:
        environment["PACELINE_INSIGHTS_METRICS_PORT"] = str(metrics_port)
    child = Child(command, log=folder / f"insights-{instance}.log", env=environment, cwd=folder)
    # The settings of whoever runs this are not meant for it.
    child.env = {
        name: value for name, value in child.env.items() if name in environment or not name.startswith("PACELINE_")
    }
    part = Part(f"insights {instance}", child, lambda: "connected to the broker" in part.log_since_start)
    return part
