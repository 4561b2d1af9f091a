"""What the tests of the experiments share: how to run a worker's program without a `Worker`."""

import json
import subprocess


def run_child(command: list[str], **request: object) -> subprocess.CompletedProcess[str]:
    """Run the program until it ends. Its input stays open meanwhile, because its end would be the parent's end."""
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as child:
        child.stdin.write(json.dumps(request) + "\n")
        child.stdin.flush()
        output, errors = child.stdout.read(), child.stderr.read()
        return subprocess.CompletedProcess(command, child.wait(60), output, errors)
