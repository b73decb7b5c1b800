// The LRU cache workload of ../src/lru.rs in Java: same keys, same answers; the JVM's collector releases the entries.
//
//     java Lru [ENTRIES [REQUESTS [SEED]]]
//
// With DROPSCOPE_OPERATIONS=FILE it writes there how long its requests took, for the log of its collector to be compared
// with recordings.

import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
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

    /** The times of all requests by one clock, outside of the collector's heap: its log is to show the cache alone. */
    static final class Latencies {
        private final IntBuffer room;
        private int[] sortedNs = {};

        Latencies(int requests) {
            room = ByteBuffer.allocateDirect(Math.multiplyExact(4, requests)).order(ByteOrder.nativeOrder()).asIntBuffer();
        }

        void add(long ns) {
            room.put((int) Math.min(ns, Integer.MAX_VALUE));
        }

        void sort() {
            sortedNs = new int[room.flip().remaining()];
            room.get(sortedNs);
            Arrays.sort(sortedNs);
        }

        /** The least time that so many in ten thousand do not exceed; the times are sorted. */
        int percentile(int perMyriad) {
            return sortedNs[(int) (((long) sortedNs.length * perMyriad + 9_999) / 10_000 - 1)];
        }

        String json() {
            return String.format("{\"p50\":%d,\"p99\":%d,\"p999\":%d,\"p9999\":%d,\"max\":%d}", percentile(5_000),
                    percentile(9_900), percentile(9_990), percentile(9_999), percentile(10_000));
        }
    }

    /** The times of all requests, and the slowest of those that began in one millisecond. */
    static final class Operations {
        private static final int FIELDS = 4; // start, wall time, CPU time, how many, again and again

        private final Latencies wallNs;
        private final Latencies cpuNs; // null where this JVM does not measure it
        private int count;
        private long[] slowest = new long[FIELDS << 16];
        private int used;

        Operations(int requests, boolean measuresCpu) {
            wallNs = new Latencies(requests);
            cpuNs = measuresCpu ? new Latencies(requests) : null;
        }

        void add(long startNs, long wallTimeNs, long cpuTimeNs) {
            count++;
            wallNs.add(wallTimeNs);
            if (cpuNs != null) {
                cpuNs.add(cpuTimeNs);
            }
            if (used == 0 || startNs / 1_000_000 != slowest[used - FIELDS] / 1_000_000) {
                if (used == slowest.length) {
                    slowest = Arrays.copyOf(slowest, 2 * used);
                }
                used += FIELDS;
            } else if (wallTimeNs <= slowest[used - 3]) {
                slowest[used - 1]++;
                return;
            }
            slowest[used - 4] = startNs;
            slowest[used - 3] = wallTimeNs;
            slowest[used - 2] = cpuTimeNs;
            slowest[used - 1]++;
        }

        void sort() {
            wallNs.sort();
            if (cpuNs != null) {
                cpuNs.sort();
            }
        }

        /** Writes the file that `dropscope compare` reads beside the collector's log; the times are sorted. */
        void write(Path path, long startNs, long filledNs, long endNs) throws IOException {
            try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(path))) {
                out.println("{\"operation_log\":1,\"program\":\"Lru.java\"}");
                out.printf("{\"scope\":\"fill the cache\",\"t_ns\":%d,\"end_ns\":%d}%n", startNs, filledNs);
                out.printf("{\"scope\":\"answer requests\",\"t_ns\":%d,\"end_ns\":%d}%n", filledNs, endNs);
                for (int i = 0; i < used; i += FIELDS) {
                    String cpu = cpuNs == null ? "" : "\"cpu_ns\":" + slowest[i + 2] + ",";
                    out.printf("{\"operation\":\"request\",\"t_ns\":%d,\"wall_ns\":%d,%s\"count\":%d}%n", slowest[i],
                            slowest[i + 1], cpu, slowest[i + 3]);
                }
                if (count > 0) {
                    String cpu = cpuNs == null ? "" : ",\"cpu_ns\":" + cpuNs.json();
                    out.printf("{\"operation\":\"request\",\"count\":%d,\"wall_ns\":%s%s}%n", count, wallNs.json(), cpu);
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
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        boolean measuresCpu = threads.isCurrentThreadCpuTimeSupported() && threads.isThreadCpuTimeEnabled();
        Operations times = new Operations(requests, measuresCpu);

        long startNs = System.nanoTime() - zero;
        Cache cache = new Cache(capacity);
        long filledNs = System.nanoTime() - zero;
        for (int i = 0; i < requests; i++) {
            // Read around the clock on the wall: what this costs is in no wall time.
            long startCpu = measuresCpu ? threads.getCurrentThreadCpuTime() : 0;
            long start = System.nanoTime();
            cache.request(Long.remainderUnsigned(keys.next(), 2L * capacity));
            long wall = System.nanoTime() - start;
            times.add(start - zero, wall, measuresCpu ? threads.getCurrentThreadCpuTime() - startCpu : 0);
        }
        long endNs = System.nanoTime() - zero;

        System.out.printf("%d hits in %d requests, checksum %016x%n", cache.hits, requests, cache.checksum);
        if (requests > 0) {
            times.sort();
            System.out.printf(Locale.ROOT, "latency in us: p50 %.2f, p99 %.2f, p99.9 %.2f, p99.99 %.2f, max %.2f%n",
                    times.wallNs.percentile(5_000) / 1e3, times.wallNs.percentile(9_900) / 1e3,
                    times.wallNs.percentile(9_990) / 1e3, times.wallNs.percentile(9_999) / 1e3,
                    times.wallNs.percentile(10_000) / 1e3);
        }
        String path = System.getenv("DROPSCOPE_OPERATIONS");
        if (path != null && !path.isEmpty()) {
            times.write(Path.of(path), startNs, filledNs, endNs);
        }
    }
}
