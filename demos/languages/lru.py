"""The LRU cache workload of ../src/lru.rs in Python: same keys, same answers.

CPython counts references, so the entry that is pushed out is released at once, as in Rust. Its cycle collector looks
through the live heap all the same, again and again, and stops the program for it.

    python3 lru.py [ENTRIES [REQUESTS [SEED]]]
"""

import sys
import time
from array import array
from collections import OrderedDict

MASK = (1 << 64) - 1


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
    latencies_ns = array("Q", bytes(8 * requests))

    cache = Cache(capacity)
    for index in range(requests):
        start = time.perf_counter_ns()
        cache.request(keys.next() % (2 * capacity))
        latencies_ns[index] = time.perf_counter_ns() - start

    print(f"{cache.hits} hits in {requests} requests, checksum {cache.checksum:016x}")
    if requests > 0:
        ordered = sorted(latencies_ns)
        shares = {"p50": 0.5, "p99": 0.99, "p99.9": 0.999, "p99.99": 0.9999, "max": 1}
        shown = (f"{name} {ordered[int(share * (requests - 1))] / 1e3:.2f}" for name, share in shares.items())
        print("latency in us: " + ", ".join(shown))


if __name__ == "__main__":
    main()
