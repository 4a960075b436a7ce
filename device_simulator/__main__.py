"""`python -m device_simulator`: see `--help`."""

import os
import signal
from types import FrameType


def main() -> None:
    """The command; Ctrl-C ends it without a traceback, from its first moment on."""
    # Nothing is open yet while modules are loaded.
    signal.signal(signal.SIGINT, _leave)
    import typer  # noqa: PLC0415  # loading all this takes as long as a person needs to change their mind

    from device_simulator.command import EPILOG, simulate  # noqa: PLC0415

    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_show_locals=False)
    app.command(epilog=EPILOG)(simulate)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    app(prog_name="paceline simulate")


def _leave(_number: int, _frame: FrameType | None) -> None:
    os._exit(128 + signal.SIGINT)


if __name__ == "__main__":
    main()
