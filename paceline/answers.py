"""`python -m paceline.answers URL`: ends well if somebody answers there with success. For health checks of containers.

It imports nothing of ours, so that asking every few seconds costs little.
"""

import sys
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

PATIENCE_S = 4.0


def answers(url: str) -> bool:
    """Whether there is an answer with a status below 400."""
    try:
        # Without the environment's proxies: it is on this machine.
        with build_opener(ProxyHandler({})).open(url, timeout=PATIENCE_S):
            return True
    except (URLError, OSError):
        return False


if __name__ == "__main__":
    sys.exit(0 if answers(sys.argv[1]) else 1)
