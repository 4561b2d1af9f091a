"""``python -m bench [name …] [--save]``: run benches, and print their tables. With --save, write them to RESULTS.md.

A bench is a module of this folder with a function ``run()`` that yields Markdown. Without a name, all benches run.
"""

import argparse
import importlib
import signal
import sys

from bench import report
from readiness.base.messages import UserError

BENCHES = ("wait_cost", "meter_overhead", "live_chart", "echo", "echo_parts", "ftp")


def main() -> None:
    """Run the command line. If a bench ends with an error, run the others, then exit with its sentence."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure, and print the tables.")
    parser.add_argument("names", nargs="*", metavar="name", help=f"one or more of: {', '.join(BENCHES)}; all if none")
    parser.add_argument("--save", action="store_true", help="put the tables into bench/RESULTS.md")
    args = parser.parse_args()
    if unknown := sorted(set(args.names) - set(BENCHES)):
        parser.error(f"there is no bench {', '.join(unknown)}: choose among {', '.join(BENCHES)}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # else servers that are stopped would stay
    errors = []
    for name in args.names or BENCHES:
        try:
            measure(name, args.save)
        except UserError as error:
            errors.append(f"{name}: {error}")
            print(f"{error}\n", flush=True)
        except KeyboardInterrupt:
            sys.exit(f"{name} was interrupted: its last table is missing.")
    if errors:
        sys.exit("\n".join(errors))


def measure(name: str, save: bool) -> None:
    """Run the bench `name`, print each block of its Markdown immediately, and save all blocks if `save` is true."""
    blocks = [f"{report.machine()}.\n"]
    print(f"## {name}\n\n{blocks[0]}", flush=True)
    for block in importlib.import_module(f"bench.{name}").run():
        blocks.append(block)
        print(block, flush=True)
    if save:
        report.save(name, "\n".join(blocks))


if __name__ == "__main__":
    main()
