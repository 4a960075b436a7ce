"""Where the command `paceline` begins: Ctrl-C ends it without a traceback, from its first moment on."""

import os
import signal
import sys
from types import FrameType

INTERRUPTED = 128 + signal.SIGINT
"""The exit code that shells give to what Ctrl-C has ended."""


def main() -> None:
    """Run the command line."""
    # Nothing is open yet while modules are loaded. An exception could get lost there: some loading code survives it.
    # Commands load what they need when they are called, and then say `interruptible`.
    signal.signal(signal.SIGINT, _leave)
    from paceline import cli  # noqa: PLC0415  # loading it takes as long as a person needs to change their mind

    try:
        cli.main()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def interruptible() -> None:
    """From here on there may be something to put away: make Ctrl-C an exception, as Python does by itself."""
    # Elsewhere, as in a test's thread, somebody else has decided about signals.
    if signal.getsignal(signal.SIGINT) is _leave:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _leave(_number: int, _frame: FrameType | None) -> None:
    os._exit(INTERRUPTED)
