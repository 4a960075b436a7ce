"""What the machine allows: open files and ports, looked at before thousands of connections fail one by one."""

import resource
from pathlib import Path

from contract.errors import Misconfigured

_OTHER_FILES = 64
"""What the process has open beside its connections."""
_PORT_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def require_room(connections: int) -> None:
    """Raise the limit of open files as far as is needed and allowed.

    Raises:
        Misconfigured: so many connections can't be had; the message says what to do.
    """
    needed = connections + _OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < needed:
        if hard != resource.RLIM_INFINITY and hard < needed:
            raise Misconfigured(
                f"{connections} connections need {needed} open files, and this shell allows {hard}: "
                f"run `ulimit -n {needed}` first (as root, or raise nofile in /etc/security/limits.conf), "
                "or split the devices over several machines with --start-index"
            )
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
    ports = local_ports()
    if ports is not None and connections > ports:
        raise Misconfigured(
            f"{connections} connections to one broker need as many local ports, and this machine has {ports}: "
            'run `sysctl net.ipv4.ip_local_port_range="1024 65535"`, '
            "or split the devices over several machines with --start-index"
        )


def local_ports() -> int | None:
    """How many local ports there are for connections to one address; None where the system does not tell."""
    try:
        low, high = _PORT_RANGE.read_text().split()
    except (OSError, ValueError):
        return None
    return int(high) - int(low) + 1
