from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ops_portal.embedded.home import House, open_house
from ops_portal.embedded.parts import PART_OF, Part, RunningPart, end_leftovers, stop_parts, write_down
from ops_portal.embedded.processes import mark_process, processes_with

SLEEP = "import time; time.sleep(600)"
# A part with a child of its own, as the web has its workers.
FAMILY = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', '{SLEEP}']).wait()"
DESERTED = f"""
import os, sys
from pathlib import Path
from ops_portal.embedded.home import open_house
from ops_portal.embedded.parts import Part, RunningPart
house = open_house(Path(sys.argv[1]))
part = RunningPart(Part("deserted", (sys.executable, "-c", "{SLEEP}")), house, print)
part.start()
print(part.process.pid, flush=True)
os.kill(os.getpid(), 9)
"""


@pytest.fixture
def house(place: Path) -> House:
    return open_house(place / "parts")


@pytest.fixture
def family(house: House) -> Iterator[RunningPart]:
    said: list[str] = []
    part = RunningPart(Part("family", (sys.executable, "-c", FAMILY)), house, said.append)
    yield part
    stop_parts([part])
    end_leftovers(house, said.append)


def wait_until(holds: Callable[[], object], *, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def members(house: House) -> set[int]:
    return set(processes_with(PART_OF, str(house.path)))


def test_a_killed_part_is_started_again_and_its_children_go_with_it(
    house: House, family: RunningPart
) -> None:
    assert family.look_after()
    wait_until(lambda: len(members(house)) == 2)
    first = members(house)
    assert family.process is not None
    os.kill(family.process.pid, signal.SIGKILL)
    wait_until(family.look_after)
    wait_until(lambda: len(members(house)) == 2)
    assert members(house).isdisjoint(first)


def test_a_part_that_dies_at_once_is_started_again_after_growing_pauses(house: House) -> None:
    said: list[str] = []
    part = RunningPart(Part("brief", (sys.executable, "-c", "raise SystemExit(3)")), house, said.append)
    wait_until(lambda: part.look_after() and len(said) == 2)
    assert said == [f"brief ended (exit 3), starting it again in {pause} s." for pause in ("0.5", "1")]
    stop_parts([part])


def test_stopping_a_part_stops_all_that_it_started(house: House, family: RunningPart) -> None:
    family.start()
    wait_until(lambda: len(members(house)) == 2)
    stop_parts([family])
    wait_until(lambda: members(house) == set())


def test_what_a_killed_supervisor_left_is_ended_by_the_next(house: House, family: RunningPart) -> None:
    family.start()
    write_down(house, [family])
    wait_until(lambda: len(members(house)) == 2)
    said: list[str] = []
    end_leftovers(house, said.append)
    assert said == ["Ending the family that was left running ..."]
    wait_until(lambda: members(house) == set())


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no signal on the death of a parent")
def test_a_part_ends_when_its_supervisor_is_killed(house: House) -> None:
    answer = subprocess.run(
        [sys.executable, "-c", DESERTED, str(house.path)], capture_output=True, text=True, check=False
    )
    assert answer.returncode == -signal.SIGKILL
    wait_until(lambda: mark_process(int(answer.stdout)) is None)
