// The LRU cache workload of ../src/lru.rs in Java: same keys, same answers; the JVM's collector releases the entries.
//
//     java Lru [ENTRIES [REQUESTS [SEED]]]
//
// With DROPSCOPE_OPERATIONS=FILE it writes there how long its requests took, for the log of its collector to be compared
// with recordings.

import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

final class Lru {
    /** The numbers of SplitMix64, the same in every language. */
    static final class Numbers {
        private long state;

        Numbers(long seed) {
            state = seed;
        }

        long next() {
            state += 0x9e3779b97f4a7c15L;
            long mixed = (state ^ (state >>> 30)) * 0xbf58476d1ce4e5b9L;
            mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
            return mixed ^ (mixed >>> 31);
        }
    }

    /** What a request is answered with: 64 bytes that depend on the key. */
    static final class Entry {
        private final long[] words = new long[8];

        Entry(long key) {
            Numbers numbers = new Numbers(key);
            Arrays.setAll(words, i -> numbers.next());
        }

        long checksum() {
            long sum = 0;
            for (long word : words) {
                sum = Long.rotateLeft(sum, 5) ^ word;
            }
            return sum;
        }
    }

    /** The entries used last. One that is pushed out is only forgotten: nobody releases it here. */
    static final class Cache extends LinkedHashMap<Long, Entry> {
        private final int capacity;
        private long hits;
        private long checksum;

        Cache(int capacity) {
            super(16, 0.75f, true); // in the order of access; grows by itself, as most do
            this.capacity = capacity;
            for (long key = 0; key < capacity; key++) {
                put(key, new Entry(key));
            }
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Entry> eldest) {
            return size() > capacity;
        }

        void request(long key) {
            Entry entry = get(key);
            if (entry != null) {
                hits++;
            } else {
                entry = new Entry(key);
                put(key, entry);
            }
            checksum = Long.rotateLeft(checksum, 1) ^ entry.checksum();
        }
    }

    /** The times of all requests, and the slowest of those that began in one millisecond. */
    static final class Operations {
        private final int[] latenciesNs;
        private int count;
        private long[] slowest = new long[3 << 16]; // start, wall time, how many, again and again
        private int used;

        Operations(int requests) {
            latenciesNs = new int[requests];
        }

        void add(long startNs, long wallNs) {
            latenciesNs[count++] = (int) Math.min(wallNs, Integer.MAX_VALUE);
            if (used == 0 || startNs / 1_000_000 != slowest[used - 3] / 1_000_000) {
                if (used == slowest.length) {
                    slowest = Arrays.copyOf(slowest, 2 * used);
                }
                slowest[used] = startNs;
                slowest[used + 1] = wallNs;
                slowest[used + 2] = 1;
                used += 3;
                return;
            }
            slowest[used - 1]++;
            if (wallNs > slowest[used - 2]) {
                slowest[used - 3] = startNs;
                slowest[used - 2] = wallNs;
            }
        }

        /** The least time that so many in ten thousand do not exceed; the times are sorted. */
        long percentile(int perMyriad) {
            return latenciesNs[(int) (((long) count * perMyriad + 9_999) / 10_000 - 1)];
        }

        /** Writes the file that `dropscope compare` reads beside the collector's log; the times are sorted. */
        void write(Path path, long startNs, long filledNs, long endNs) throws IOException {
            try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(path))) {
                out.println("{\"operation_log\":1,\"program\":\"Lru.java\"}");
                out.printf("{\"scope\":\"fill the cache\",\"t_ns\":%d,\"end_ns\":%d}%n", startNs, filledNs);
                out.printf("{\"scope\":\"answer requests\",\"t_ns\":%d,\"end_ns\":%d}%n", filledNs, endNs);
                for (int i = 0; i < used; i += 3) {
                    out.printf("{\"operation\":\"request\",\"t_ns\":%d,\"wall_ns\":%d,\"count\":%d}%n", slowest[i],
                            slowest[i + 1], slowest[i + 2]);
                }
                if (count > 0) {
                    out.printf("{\"operation\":\"request\",\"count\":%d,\"wall_ns\":{\"p50\":%d,\"p99\":%d,"
                            + "\"p999\":%d,\"p9999\":%d,\"max\":%d}}%n", count, percentile(5_000), percentile(9_900),
                            percentile(9_990), percentile(9_999), percentile(10_000));
                }
                out.printf("{\"end_ns\":%d}%n", endNs);
            }
        }
    }

    private static int argument(String[] arguments, int index, int otherwise) {
        try {
            int number = index < arguments.length ? Integer.parseInt(arguments[index]) : otherwise;
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException notANumber) {
            // told below
        }
        System.err.println("usage: java Lru [ENTRIES [REQUESTS [SEED]]]");
        System.exit(2);
        return otherwise;
    }

    public static void main(String[] arguments) throws IOException {
        // The log counts from the start of the machine, which was so long ago.
        long zero = System.nanoTime() - ManagementFactory.getRuntimeMXBean().getUptime() * 1_000_000;
        int capacity = Math.min(Math.max(argument(arguments, 0, 200_000), 1), 1 << 24);
        int requests = argument(arguments, 1, 2_000_000);
        Numbers keys = new Numbers(argument(arguments, 2, 1));
        Operations times = new Operations(requests);

        long startNs = System.nanoTime() - zero;
        Cache cache = new Cache(capacity);
        long filledNs = System.nanoTime() - zero;
        for (int i = 0; i < requests; i++) {
            long start = System.nanoTime();
            cache.request(Long.remainderUnsigned(keys.next(), 2L * capacity));
            times.add(start - zero, System.nanoTime() - start);
        }
        long endNs = System.nanoTime() - zero;

        System.out.printf("%d hits in %d requests, checksum %016x%n", cache.hits, requests, cache.checksum);
        if (requests > 0) {
            Arrays.sort(times.latenciesNs);
            System.out.printf(Locale.ROOT, "latency in us: p50 %.2f, p99 %.2f, p99.9 %.2f, p99.99 %.2f, max %.2f%n",
                    times.percentile(5_000) / 1e3, times.percentile(9_900) / 1e3, times.percentile(9_990) / 1e3,
                    times.percentile(9_999) / 1e3, times.percentile(10_000) / 1e3);
        }
        String path = System.getenv("DROPSCOPE_OPERATIONS");
        if (path != null && !path.isEmpty()) {
            times.write(Path.of(path), startNs, filledNs, endNs);
        }
    }
}
