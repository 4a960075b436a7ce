"""A timer that is finer than an event loop's whole milliseconds, where the system has one (Linux's timerfd)."""

import asyncio
import ctypes
import os
import sys
from collections.abc import Callable

_MONOTONIC = 1
_FLAGS = os.O_NONBLOCK | os.O_CLOEXEC
_NS = 1_000_000_000
_COARSE_S = 0.001


class _TimerSpec(ctypes.Structure):
    """`struct itimerspec` (timerfd_create(2)): first the interval, which we leave at 0, then the time from now."""

    _fields_ = [(name, ctypes.c_long) for name in ("interval_s", "interval_ns", "after_s", "after_ns")]


class Alarm:
    """Calls back once after each `set`, unless it is set again before.

    Args:
        callback: called by the event loop.
    """

    def __init__(self, callback: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._callback = callback
        self._libc = ctypes.CDLL(None)
        self._file: int | None = None
        self._handle: asyncio.TimerHandle | None = None
        if sys.platform == "linux":  # others have no timerfd, and no finer timer that a loop could wait for
            self._file = self._libc.timerfd_create(_MONOTONIC, _FLAGS)
            self._loop.add_reader(self._file, self._ring)

    def set(self, after_s: float) -> None:
        """Call back after so many seconds."""
        if self._file is None:
            self._handle = self._loop.call_later(max(after_s, _COARSE_S), self._callback)
            return
        # 0 would turn it off.
        seconds, ns = divmod(max(int(after_s * _NS), 1), _NS)
        self._libc.timerfd_settime(self._file, 0, ctypes.byref(_TimerSpec(0, 0, seconds, ns)), None)

    def close(self) -> None:
        """Call back no more."""
        if self._handle is not None:
            self._handle.cancel()
        if self._file is not None:
            self._loop.remove_reader(self._file)
            os.close(self._file)
            self._file = None

    def _ring(self) -> None:
        if self._file is not None:
            os.read(self._file, 8)
            self._callback()
