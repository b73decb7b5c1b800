"""The LRU cache workload of ../src/lru.rs in Python: same keys, same answers.

CPython counts references, so the entry that is pushed out is released at once, as in Rust. Its cycle collector looks
through the live heap all the same, again and again, and stops the program for it.

    python3 lru.py [ENTRIES [REQUESTS [SEED]]]

With DROPSCOPE_OPERATIONS=FILE it writes there how long its requests took, for the log of its collector to be compared
with recordings. Under gc_recorder.py both count from the same moment.
"""

import json
import os
import sys
import time
from array import array
from collections import OrderedDict

MASK = (1 << 64) - 1
MOST_NS = (1 << 32) - 1


class Numbers:
    """The numbers of SplitMix64, the same in every language."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        mixed = ((self.state ^ (self.state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
        return mixed ^ (mixed >> 31)


class Entry:
    """What a request is answered with: eight numbers that depend on the key."""

    __slots__ = ("words",)

    def __init__(self, key):
        numbers = Numbers(key)
        self.words = [numbers.next() for _ in range(8)]

    def checksum(self):
        total = 0
        for word in self.words:
            total = ((total << 5) & MASK | total >> 59) ^ word
        return total


class Cache:
    """The entries used last; the oldest is the first of the dictionary."""

    def __init__(self, capacity):
        self.entries = OrderedDict((key, Entry(key)) for key in range(capacity))
        self.hits = 0
        self.checksum = 0

    def request(self, key):
        entry = self.entries.get(key)
        if entry is not None:
            self.hits += 1
            self.entries.move_to_end(key)
        else:
            self.entries.popitem(last=False)  # the last reference goes: released here
            entry = self.entries[key] = Entry(key)
        self.checksum = ((self.checksum << 1) & MASK | self.checksum >> 63) ^ entry.checksum()


def percentile(ordered, per_myriad):
    """The least time that so many in ten thousand do not exceed."""
    return ordered[(len(ordered) * per_myriad + 9_999) // 10_000 - 1]


def percentiles(ordered):
    shares = {"p50": 5_000, "p99": 9_900, "p999": 9_990, "p9999": 9_999, "max": 10_000}
    return {name: percentile(ordered, share) for name, share in shares.items()}


def write_operations(path, starts_ns, latencies_ns, cpus_ns, filled_from_ns):
    """Writes the file that `dropscope compare` reads beside the collector's log."""
    slowest = []  # of the requests that began in one millisecond: start, wall time, CPU time, how many
    for start_ns, wall_ns, cpu_ns in zip(starts_ns, latencies_ns, cpus_ns):
        if not slowest or slowest[-1][0] // 1_000_000 != start_ns // 1_000_000:
            slowest.append([start_ns, wall_ns, cpu_ns, 1])
            continue
        slowest[-1][3] += 1
        if wall_ns > slowest[-1][1]:
            slowest[-1][:3] = start_ns, wall_ns, cpu_ns
    began_ns, filled_ns, end_ns = filled_from_ns
    lines = [
        {"operation_log": 1, "program": "lru.py"},
        {"scope": "fill the cache", "t_ns": began_ns, "end_ns": filled_ns},
        {"scope": "answer requests", "t_ns": filled_ns, "end_ns": end_ns},
    ]
    names = ("t_ns", "wall_ns", "cpu_ns", "count")
    lines += [{"operation": "request", **dict(zip(names, one))} for one in slowest]
    if latencies_ns:
        times = {"wall_ns": percentiles(sorted(latencies_ns)), "cpu_ns": percentiles(sorted(cpus_ns))}
        lines.append({"operation": "request", "count": len(latencies_ns), **times})
    lines.append({"end_ns": end_ns})
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)


def argument(index, otherwise):
    if index >= len(sys.argv):
        return otherwise
    if not sys.argv[index].isdecimal():
        print("usage: python3 lru.py [ENTRIES [REQUESTS [SEED]]]", file=sys.stderr)
        sys.exit(2)
    return int(sys.argv[index])


def main():
    capacity = min(max(argument(1, 200_000), 1), 1 << 24)
    requests = argument(2, 2_000_000)
    keys = Numbers(argument(3, 1))
    latencies_ns = array("I", bytes(4 * requests))
    cpus_ns = array("I", bytes(4 * requests))
    starts_ns = array("Q", bytes(8 * requests))
    zero_ns = int(os.environ.get("DROPSCOPE_ZERO_NS", time.perf_counter_ns()))

    began_ns = time.perf_counter_ns() - zero_ns
    cache = Cache(capacity)
    filled_ns = time.perf_counter_ns() - zero_ns
    for index in range(requests):
        # Read around the clock on the wall: what this costs is in no wall time.
        start_cpu = time.thread_time_ns()
        start = time.perf_counter_ns()
        cache.request(keys.next() % (2 * capacity))
        latencies_ns[index] = min(time.perf_counter_ns() - start, MOST_NS)
        cpus_ns[index] = min(time.thread_time_ns() - start_cpu, MOST_NS)
        starts_ns[index] = start - zero_ns
    end_ns = time.perf_counter_ns() - zero_ns

    print(f"{cache.hits} hits in {requests} requests, checksum {cache.checksum:016x}")
    if requests > 0:
        ordered = sorted(latencies_ns)
        shares = {"p50": 5_000, "p99": 9_900, "p99.9": 9_990, "p99.99": 9_999, "max": 10_000}
        shown = (f"{name} {percentile(ordered, share) / 1e3:.2f}" for name, share in shares.items())
        print("latency in us: " + ", ".join(shown))
    path = os.environ.get("DROPSCOPE_OPERATIONS")
    if path:
        write_operations(path, starts_ns, latencies_ns, cpus_ns, (began_ns, filled_ns, end_ns))


if __name__ == "__main__":
    main()
