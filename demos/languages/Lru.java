// The LRU cache workload of ../src/lru.rs in Java: same keys, same answers; the JVM's collector releases the entries.
//
//     java Lru [ENTRIES [REQUESTS [SEED]]]

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

    public static void main(String[] arguments) {
        int capacity = Math.min(Math.max(argument(arguments, 0, 200_000), 1), 1 << 24);
        int requests = argument(arguments, 1, 2_000_000);
        Numbers keys = new Numbers(argument(arguments, 2, 1));
        int[] latenciesNs = new int[requests];

        Cache cache = new Cache(capacity);
        for (int i = 0; i < requests; i++) {
            long start = System.nanoTime();
            cache.request(Long.remainderUnsigned(keys.next(), 2L * capacity));
            latenciesNs[i] = (int) Math.min(System.nanoTime() - start, Integer.MAX_VALUE);
        }

        System.out.printf("%d hits in %d requests, checksum %016x%n", cache.hits, requests, cache.checksum);
        if (requests > 0) {
            Arrays.sort(latenciesNs);
            System.out.printf(Locale.ROOT, "latency in us: p50 %.2f, p99 %.2f, p99.9 %.2f, p99.99 %.2f, max %.2f%n",
                    us(latenciesNs, 0.5), us(latenciesNs, 0.99), us(latenciesNs, 0.999), us(latenciesNs, 0.9999),
                    us(latenciesNs, 1));
        }
    }

    private static double us(int[] sortedNs, double share) {
        return sortedNs[(int) (share * (sortedNs.length - 1))] / 1e3;
    }
}
