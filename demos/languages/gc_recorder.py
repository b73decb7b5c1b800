"""Records what CPython's cycle collector does, for `dropscope compare`: Python itself writes no such log with times.

    python3 gc_recorder.py -o FILE PROGRAM.py [ARGUMENT...]     run a program recorded
    import gc_recorder; gc_recorder.start("FILE")               the same from inside a program

One JSON object a line. The first names the program; then one for each collection, with the time of its start, its
length, and the process's resident memory before and after (null where the system does not tell); the last the end.
A process that it forks is not recorded.
Memory that is released because its reference count reached zero is released at once and not seen here.
"""

import atexit
import gc
import json
import os
import runpy
import sys
import time


def _resident_bytes_reader():
    """A function that gives the process's resident memory, or None where there is no /proc."""
    try:
        statm = open("/proc/self/statm", "rb", buffering=0)
        page_bytes = os.sysconf("SC_PAGE_SIZE")
    except (OSError, AttributeError, ValueError):
        return lambda: None

    def read():
        statm.seek(0)
        return int(statm.read().split()[1]) * page_bytes

    return read


def start(path, program=None):
    """Records every collection from now on into the file at `path`, until the program ends."""
    log = open(path, "w", encoding="utf-8", buffering=1)  # line by line: a killed program leaves what it did
    resident_bytes = _resident_bytes_reader()
    zero_ns = time.perf_counter_ns()
    os.environ["DROPSCOPE_ZERO_NS"] = str(zero_ns)  # for a program that writes times of its own
    began_ns = None
    before = None
    counts = None

    def write(record):
        log.write(json.dumps(record) + "\n")

    def collected(phase, info):
        # The clock is the last thing read before the collection and the first after it.
        nonlocal began_ns, before, counts
        if phase == "start":
            before, counts = resident_bytes(), gc.get_count()
            began_ns = time.perf_counter_ns()
            return
        ended_ns = time.perf_counter_ns()
        if began_ns is None:
            return  # recording began inside a collection
        write({
            "t_ns": began_ns - zero_ns,
            "gen": info["generation"],
            "pause_ns": ended_ns - began_ns,
            "collected": info["collected"],
            "uncollectable": info["uncollectable"],
            "count": counts,
            "rss_before": before,
            "rss_after": resident_bytes(),
        })

    def forget():
        # A forked child has a copy of the file's buffer and of all this: what it does is not its parent's.
        gc.callbacks.remove(collected)
        atexit.unregister(finish)

    def finish():
        gc.callbacks.remove(collected)
        write({"end_ns": time.perf_counter_ns() - zero_ns})
        log.close()

    version = ".".join(map(str, sys.version_info[:3]))
    write({"gc_log": "python", "version": 1, "python": version, "program": program or sys.argv[0]})
    gc.callbacks.append(collected)
    atexit.register(finish)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=forget)


def main():
    arguments = sys.argv[1:]
    if len(arguments) < 3 or arguments[0] != "-o":
        print("usage: python3 gc_recorder.py -o FILE PROGRAM.py [ARGUMENT...]", file=sys.stderr)
        sys.exit(2)
    _, path, program, *rest = arguments
    sys.argv = [program, *rest]
    sys.path[0] = os.path.dirname(os.path.abspath(program))
    start(path, os.path.basename(program))
    runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main()
