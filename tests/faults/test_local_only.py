"""SEC-14: from the scan to the verified package nobody is called, and no name is asked for.

Python code is watched by an audit hook. Native code has no such hook, so the road is walked in a
network namespace of its own that has no way out, and the kernel's counters tell what was tried.
"""

import subprocess
import sys

import pytest

from tests.faults.conftest import ROOT, home, walk

ASKING = """
import socket, sys
sys.argv = ["road", "none"]
from tests.faults import road
for what in (lambda: socket.create_connection(("192.0.2.1", 80), 1),
             lambda: socket.getaddrinfo("example.invalid", 80)):
    try:
        what()
    except OSError:
        pass
print(len(road.ATTEMPTS), open("/proc/self/net/snmp").read())
"""


def counters(told):
    """Return the kernel's counters of a network namespace by `protocol.name`."""
    lines = [line.split() for line in told.strip().splitlines()]
    return {
        f"{names[0].rstrip(':')}.{name}": int(value)
        for names, values in zip(lines[::2], lines[1::2], strict=True)
        for name, value in zip(names[1:], values[1:], strict=True)
    }


def tried(told):
    """Return how often something was sent, or could not be sent, to another machine."""
    found = counters(told)
    names = ("Ip.OutRequests", "Ip.OutNoRoutes", "Tcp.ActiveOpens", "Udp.OutDatagrams")
    return sum(found[name] for name in names)


@pytest.mark.hazard("HAZ-39")
@pytest.mark.slow
def test_the_whole_road_calls_nobody(plain_road, offline):
    assert plain_road.told["attempts"] == []
    assert "The package passes" in plain_road.said
    if offline:
        assert tried(plain_road.told["snmp"]) == 0


@pytest.mark.slow
def test_the_watch_would_see_a_call(offline):
    """The negative control: a connection and a name asked for in the very same surroundings."""
    answer = subprocess.run(
        [*offline, sys.executable, "-c", ASKING], cwd=ROOT, capture_output=True, text=True,
        timeout=60, check=True,
    )  # fmt: skip
    count, _, told = answer.stdout.partition(" ")
    assert int(count) >= 2
    if offline:
        assert tried(told) >= 1


@pytest.mark.campaign
def test_the_demo_of_every_phantom_calls_nobody(tmp_path, offline):
    for name in ("shoulder", "lumbar", "abdomen"):
        _, told = walk("demo", tmp_path / name, name, env=home(tmp_path), prefix=offline)
        assert told["attempts"] == []
        if offline:
            assert tried(told["snmp"]) == 0
