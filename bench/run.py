"""`make bench`: every benchmark, one after the other, each in data folders of its own.

`python -m bench.run ingest engine` runs some; each module also runs alone, with its sizes as arguments.
"""

import importlib
import sys

from bench.table import show

BENCHES = {
    "ingest": "Collect: the tracking protocol, client included, on this machine's cores",
    "pipeline": "Pipeline: inbox → resolve → profile → classify → act",
    "customers": "1,000,000 customers through the real server",
    "engine": "The engine: 200 live conditions over 1,000,000 customers × 20,000,000 facts",
    "claims": "Claims of limited things, by eight clients",
    "memory": "Memory of the running product",
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; known are {', '.join(BENCHES)}")
        return 2
    for name in names or BENCHES:
        show(BENCHES[name], importlib.import_module(f"bench.{name}").run())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
