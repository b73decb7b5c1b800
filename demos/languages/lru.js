// The LRU cache workload of ../src/lru.rs in JavaScript: same keys, same answers; V8's collector releases the entries.
//
//     node lru.js [ENTRIES [REQUESTS [SEED]]]
//
// With DROPSCOPE_OPERATIONS=FILE it writes there how long its requests took, for the log of its collector to be compared
// with recordings.
//
// A 64-bit number is a pair of 32-bit halves here: BigInt would make an object for every step and so a picture of its
// own garbage. The results go to stderr, because `--trace-gc` writes its log to stdout.
'use strict';

const fs = require('fs');
const { performance } = require('perf_hooks'); // not a global before Node 16

// The last result of the functions below; a returned pair would be garbage too.
let high = 0;
let low = 0;

/** high:low = aHigh:aLow * bHigh:bLow, modulo 2^64. */
function multiply(aHigh, aLow, bHigh, bLow) {
  const a0 = aLow & 0xffff;
  const a1 = aLow >>> 16;
  const b0 = bLow & 0xffff;
  const b1 = bLow >>> 16;
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  const carry = a0 * b1 + (middle & 0xffff);
  const productHigh = a1 * b1 + (middle - (middle & 0xffff)) / 65536 + Math.floor(carry / 65536);
  high = (productHigh + Math.imul(aHigh, bLow) + Math.imul(aLow, bHigh)) | 0;
  low = Math.imul(aLow, bLow);
}

/** The numbers of SplitMix64, the same in every language. */
class Numbers {
  constructor(seedHigh, seedLow) {
    this.high = seedHigh | 0;
    this.low = seedLow | 0;
  }

  /** Leaves the next number in high:low. */
  next() {
    const sum = (this.low >>> 0) + 0x7f4a7c15;
    this.low = sum | 0;
    this.high = (this.high + 0x9e3779b9 + (sum > 0xffffffff ? 1 : 0)) | 0;
    shiftXor(this.high, this.low, 30);
    multiply(high, low, 0xbf58476d, 0x1ce4e5b9);
    shiftXor(high, low, 27);
    multiply(high, low, 0x94d049bb, 0x133111eb);
    shiftXor(high, low, 31);
  }
}

/** high:low = aHigh:aLow ^ (aHigh:aLow >>> by), for 0 < by < 32. */
function shiftXor(aHigh, aLow, by) {
  low = aLow ^ ((aLow >>> by) | (aHigh << (32 - by)));
  high = aHigh ^ (aHigh >>> by);
}

/** What a request is answered with: 64 bytes that depend on the key; one node of the list of what was used when. */
class Entry {
  constructor(key) {
    this.key = key;
    this.newer = this;
    this.older = this;
    this.words = new Int32Array(16);
    const numbers = new Numbers(0, key);
    for (let i = 0; i < 16; i += 2) {
      numbers.next();
      this.words[i] = high;
      this.words[i + 1] = low;
    }
  }

  /** Leaves the checksum in high:low. */
  checksum() {
    high = 0;
    low = 0;
    for (let i = 0; i < 16; i += 2) {
      const rotated = (high << 5) | (low >>> 27);
      low = ((low << 5) | (high >>> 27)) ^ this.words[i + 1];
      high = rotated ^ this.words[i];
    }
  }
}

/**
 * The entries used last, in a ring. The well-known `map.keys().next()` for the oldest key is no way out: it walks over
 * all keys that were deleted.
 */
class Cache {
  constructor(capacity) {
    this.entryOfKey = new Map();
    this.ring = new Entry(0); // the fixed point: newest before it, oldest after it
    this.hits = 0;
    this.checksumHigh = 0;
    this.checksumLow = 0;
    for (let key = 0; key < capacity; key++) this.store(key);
  }

  store(key) {
    const entry = new Entry(key);
    this.entryOfKey.set(key, entry);
    this.link(entry);
    return entry;
  }

  link(entry) {
    const newest = this.ring.older;
    entry.older = newest;
    entry.newer = this.ring;
    newest.newer = entry;
    this.ring.older = entry;
  }

  unlink(entry) {
    entry.newer.older = entry.older;
    entry.older.newer = entry.newer;
  }

  request(key) {
    let entry = this.entryOfKey.get(key);
    if (entry !== undefined) {
      this.hits++;
      this.unlink(entry);
      this.link(entry);
    } else {
      const oldest = this.ring.newer;
      this.unlink(oldest);
      this.entryOfKey.delete(oldest.key); // only forgotten: nobody releases it here
      entry = this.store(key);
    }
    entry.checksum();
    const rotated = (this.checksumHigh << 1) | (this.checksumLow >>> 31);
    this.checksumLow = ((this.checksumLow << 1) | (this.checksumHigh >>> 31)) ^ low;
    this.checksumHigh = rotated ^ high;
  }
}

/** The least time that so many in ten thousand do not exceed, in ns; the times are sorted. */
function percentile(sortedNs, perMyriad) {
  return Math.round(sortedNs[Math.ceil((sortedNs.length * perMyriad) / 10_000) - 1]);
}

function percentiles(sortedNs) {
  const [p50, p99, p999, p9999, max] = [5_000, 9_900, 9_990, 9_999, 10_000].map((share) => percentile(sortedNs, share));
  return { p50, p99, p999, p9999, max };
}

/**
 * The CPU time of this thread in us. Node has it from 23.9 on; before, it has only that of the whole process, in which
 * the collector's and the compiler's threads are, too.
 */
const threadCpuUs = process.threadCpuUsage
  ? () => {
      const { user, system } = process.threadCpuUsage();
      return user + system;
    }
  : undefined;

/** The times of all requests, and the slowest of those that began in one millisecond. */
class Operations {
  constructor(requests) {
    this.wallNs = new Float64Array(requests);
    this.cpuNs = new Float64Array(threadCpuUs ? requests : 0);
    this.count = 0;
    this.starts = new Float64Array(1 << 20); // in ms; of as many milliseconds, a quarter of an hour
    this.walls = new Float64Array(1 << 20);
    this.cpus = new Float64Array(1 << 20); // in us
    this.counts = new Uint32Array(1 << 20);
    this.used = 0;
  }

  add(startMs, wallMs, cpuUs) {
    this.cpuNs[this.count] = cpuUs * 1e3; // nowhere, if there is no room
    this.wallNs[this.count++] = wallMs * 1e6;
    const last = this.used - 1;
    if (last < 0 || (Math.floor(startMs) !== Math.floor(this.starts[last]) && this.used < this.starts.length)) {
      this.set(this.used++, startMs, wallMs, cpuUs);
      this.counts[this.used - 1] = 1;
      return;
    }
    this.counts[last]++;
    if (wallMs > this.walls[last]) this.set(last, startMs, wallMs, cpuUs);
  }

  set(index, startMs, wallMs, cpuUs) {
    this.starts[index] = startMs;
    this.walls[index] = wallMs;
    this.cpus[index] = cpuUs;
  }

  /** Writes the file that `dropscope compare` reads beside the collector's log; the times are sorted. */
  write(path, startMs, filledMs, endMs) {
    const ns = (ms) => Math.round(ms * 1e6);
    const lines = [
      { operation_log: 1, program: 'lru.js' },
      { scope: 'fill the cache', t_ns: ns(startMs), end_ns: ns(filledMs) },
      { scope: 'answer requests', t_ns: ns(filledMs), end_ns: ns(endMs) },
    ];
    for (let i = 0; i < this.used; i++) {
      const [t_ns, wall_ns] = [ns(this.starts[i]), ns(this.walls[i])];
      const cpu = threadCpuUs && { cpu_ns: Math.round(this.cpus[i] * 1e3) };
      lines.push({ operation: 'request', t_ns, wall_ns, ...cpu, count: this.counts[i] });
    }
    if (this.count > 0) {
      const cpu = threadCpuUs && { cpu_ns: percentiles(this.cpuNs) };
      lines.push({ operation: 'request', count: this.count, wall_ns: percentiles(this.wallNs), ...cpu });
    }
    lines.push({ end_ns: ns(endMs) });
    fs.writeFileSync(path, lines.map((line) => JSON.stringify(line) + '\n').join(''));
  }
}

function argument(index, otherwise) {
  const text = process.argv[index + 1];
  if (text === undefined) return otherwise;
  const number = Number(text);
  if (/^\d+$/.test(text) && number <= 0x7fffffff) return number;
  console.error('usage: node lru.js [ENTRIES [REQUESTS [SEED]]]');
  process.exit(2);
}

function main() {
  const capacity = Math.min(Math.max(argument(1, 200_000), 1), 1 << 23); // a Map cannot hold more than 2^24
  const requests = argument(2, 2_000_000);
  const numbers = new Numbers(0, argument(3, 1));
  const keys = 2 * capacity;
  const twoTo32 = 2 ** 32 % keys;
  const times = new Operations(requests);

  const startMs = performance.now(); // counts from the start of the process, as the log does
  const cache = new Cache(capacity);
  const filledMs = performance.now();
  for (let i = 0; i < requests; i++) {
    // Read around the clock on the wall: what this costs is in no wall time.
    const startCpu = threadCpuUs ? threadCpuUs() : 0;
    const start = performance.now();
    numbers.next();
    cache.request((((high >>> 0) % keys) * twoTo32 + ((low >>> 0) % keys)) % keys);
    const wall = performance.now() - start;
    times.add(start, wall, threadCpuUs ? threadCpuUs() - startCpu : 0);
  }
  const endMs = performance.now();

  const hex = (half) => (half >>> 0).toString(16).padStart(8, '0');
  const checksum = hex(cache.checksumHigh) + hex(cache.checksumLow);
  console.error(`${cache.hits} hits in ${requests} requests, checksum ${checksum}`);
  if (requests > 0) {
    times.wallNs.sort();
    times.cpuNs.sort();
    const us = (share) => (percentile(times.wallNs, share) / 1e3).toFixed(2);
    const shares = `p50 ${us(5_000)}, p99 ${us(9_900)}, p99.9 ${us(9_990)}, p99.99 ${us(9_999)}, max ${us(10_000)}`;
    console.error(`latency in us: ${shares}`);
  }
  const path = process.env.DROPSCOPE_OPERATIONS;
  if (path) times.write(path, startMs, filledMs, endMs);
}

main();
