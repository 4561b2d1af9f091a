"""The processes of a measurement end with the process that has asked for it, also if that one is killed."""

import socket
import subprocess
import sys

import psutil
import pytest

from readiness.base.background import wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it is measured on Linux only")

MEASUREMENTS = {
    "herd": "from readiness.experiments import thundering_herd as t; t.measure_wakeups('', 8, 10_000)",
    "threads": "from readiness.experiments import thread_cost as t; t.measure(2_000, 'a thread each')",
    "sleep": "from readiness.experiments import sleeping_wait as t; t.measure('epoll', 10)",
    "firehose": (
        "from readiness.base.worker import Worker; w = Worker('readiness.clients.firehose_worker');"
        "w.send({{'address': ['127.0.0.1', {port}], 'seconds': 600}}); next(iter(w))"
    ),
}
PROCESSES = {"herd": 9, "threads": 2, "sleep": 2, "firehose": 1}


@pytest.mark.parametrize("name", MEASUREMENTS)
def test_no_process_is_left_of_a_measurement_whose_parent_was_killed(name):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        program = MEASUREMENTS[name].format(port=listener.getsockname()[1])
        with subprocess.Popen([sys.executable, "-c", program]) as parent:
            try:
                process = psutil.Process(parent.pid)
                assert wait_until(lambda: len(process.children(recursive=True)) == PROCESSES[name], 20)
                children = process.children(recursive=True)
                if name == "firehose":
                    assert wait_until(lambda: children[0].net_connections(), 20)
            finally:
                parent.kill()
    assert psutil.wait_procs(children, timeout=2)[1] == []
