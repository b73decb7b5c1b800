// The LRU cache workload of ../src/lru.rs in Go: same keys, same answers; the runtime's collector releases the entries.
//
//	lru [ENTRIES [REQUESTS [SEED]]]
//
// With DROPSCOPE_OPERATIONS=FILE it writes there how long its requests took, for the log of its collector to be
// compared with recordings.
package main

import (
	"bufio"
	"container/list"
	"fmt"
	"math"
	"math/bits"
	"os"
	"runtime"
	"sort"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

// random makes the numbers of SplitMix64, the same in every language.
type random uint64

func (r *random) next() uint64 {
	*r += 0x9e3779b97f4a7c15
	mixed := (uint64(*r) ^ uint64(*r)>>30) * 0xbf58476d1ce4e5b9
	mixed = (mixed ^ mixed>>27) * 0x94d049bb133111eb
	return mixed ^ mixed>>31
}

// entry is what a request is answered with: 64 bytes that depend on the key.
type entry struct {
	key   uint64
	words *[8]uint64
}

func newEntry(key uint64) entry {
	words := new([8]uint64)
	numbers := random(key)
	for i := range words {
		words[i] = numbers.next()
	}
	return entry{key, words}
}

func (e entry) checksum() (sum uint64) {
	for _, word := range e.words {
		sum = bits.RotateLeft64(sum, 5) ^ word
	}
	return sum
}

// cache holds the entries used last; the oldest is at the back of the list.
type cache struct {
	placeOfKey map[uint64]*list.Element
	recency    *list.List
	hits       int
	checksum   uint64
}

func newCache(capacity int) *cache {
	c := &cache{placeOfKey: map[uint64]*list.Element{}, recency: list.New()}
	for key := uint64(0); key < uint64(capacity); key++ {
		c.placeOfKey[key] = c.recency.PushFront(newEntry(key))
	}
	return c
}

func (c *cache) request(key uint64) {
	place, found := c.placeOfKey[key]
	if found {
		c.hits++
		c.recency.MoveToFront(place)
	} else {
		oldest := c.recency.Back()
		delete(c.placeOfKey, c.recency.Remove(oldest).(entry).key) // only forgotten: nobody releases it here
		place = c.recency.PushFront(newEntry(key))
		c.placeOfKey[key] = place
	}
	c.checksum = bits.RotateLeft64(c.checksum, 1) ^ place.Value.(entry).checksum()
}

// threadCPUNs is the processor time of this thread, in ns. The goroutine has to be locked to it. Linux only.
func threadCPUNs() int64 {
	const clockThreadCPUTime = 3
	var now syscall.Timespec
	syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, clockThreadCPUTime, uintptr(unsafe.Pointer(&now)), 0)
	return now.Nano()
}

// slowOperation is the slowest of the requests that began in one millisecond.
type slowOperation struct{ startNs, wallNs, cpuNs, count int64 }

// latencies are the times of all requests by one clock, in ns up to four seconds.
type latencies []uint32

// newLatencies has room for all of them, outside of the collector's heap: its log is to show the cache alone.
func newLatencies(requests int) latencies {
	room, err := syscall.Mmap(-1, 0, 4*requests+4, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_PRIVATE|syscall.MAP_ANON|syscall.MAP_POPULATE)
	if err != nil {
		return make(latencies, 0, requests)
	}
	return unsafe.Slice((*uint32)(unsafe.Pointer(&room[0])), requests)[:0]
}

func (l *latencies) add(ns int64) {
	if ns > math.MaxUint32 {
		ns = math.MaxUint32
	}
	*l = append(*l, uint32(ns))
}

func (l latencies) sort() {
	sort.Slice(l, func(i, j int) bool { return l[i] < l[j] })
}

// percentile is the least time that so many in ten thousand do not exceed; the times are sorted.
func (l latencies) percentile(perMyriad int) uint32 {
	return l[(len(l)*perMyriad+9999)/10000-1]
}

func (l latencies) json() string {
	return fmt.Sprintf("{\"p50\":%d,\"p99\":%d,\"p999\":%d,\"p9999\":%d,\"max\":%d}",
		l.percentile(5000), l.percentile(9900), l.percentile(9990), l.percentile(9999), l.percentile(10000))
}

// operations are the times of all requests.
type operations struct {
	wallNs, cpuNs latencies
	slowest       []slowOperation
}

func (o *operations) add(startNs, wallNs, cpuNs int64) {
	o.wallNs.add(wallNs)
	o.cpuNs.add(cpuNs)
	last := len(o.slowest) - 1
	if last < 0 || startNs/1e6 != o.slowest[last].startNs/1e6 {
		o.slowest = append(o.slowest, slowOperation{startNs, wallNs, cpuNs, 1})
		return
	}
	slowest := &o.slowest[last]
	slowest.count++
	if wallNs > slowest.wallNs {
		slowest.startNs, slowest.wallNs, slowest.cpuNs = startNs, wallNs, cpuNs
	}
}

// write writes the file that `dropscope compare` reads beside the collector's log; the times are sorted.
func (o *operations) write(path string, filledNs, endNs int64) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	out := bufio.NewWriter(file)
	fmt.Fprintln(out, `{"operation_log":1,"program":"lru.go"}`)
	fmt.Fprintf(out, "{\"scope\":\"fill the cache\",\"t_ns\":0,\"end_ns\":%d}\n", filledNs)
	fmt.Fprintf(out, "{\"scope\":\"answer requests\",\"t_ns\":%d,\"end_ns\":%d}\n", filledNs, endNs)
	for _, slow := range o.slowest {
		fmt.Fprintf(out, "{\"operation\":\"request\",\"t_ns\":%d,\"wall_ns\":%d,\"cpu_ns\":%d,\"count\":%d}\n",
			slow.startNs, slow.wallNs, slow.cpuNs, slow.count)
	}
	if len(o.wallNs) > 0 {
		fmt.Fprintf(out, "{\"operation\":\"request\",\"count\":%d,\"wall_ns\":%s,\"cpu_ns\":%s}\n", len(o.wallNs),
			o.wallNs.json(), o.cpuNs.json())
	}
	fmt.Fprintf(out, "{\"end_ns\":%d}\n", endNs)
	return out.Flush()
}

func argument(index, otherwise int) int {
	if index >= len(os.Args) {
		return otherwise
	}
	number, err := strconv.Atoi(os.Args[index])
	if err != nil || number < 0 {
		fmt.Fprintln(os.Stderr, "usage: lru [ENTRIES [REQUESTS [SEED]]]")
		os.Exit(2)
	}
	return number
}

func main() {
	capacity := argument(1, 200_000)
	if capacity < 1 {
		capacity = 1
	} else if capacity > 1<<24 {
		capacity = 1 << 24
	}
	requests := argument(2, 2_000_000)
	keys := random(argument(3, 1))
	// Room from the beginning: the list of times must not grow into the collector's log.
	times := operations{newLatencies(requests), newLatencies(requests), make([]slowOperation, 0, 1<<16)}
	runtime.LockOSThread()

	zero := time.Now()
	c := newCache(capacity)
	filledNs := time.Since(zero).Nanoseconds()
	for i := 0; i < requests; i++ {
		// Read around the clock on the wall: what this costs is in no wall time.
		startCPUNs := threadCPUNs()
		start := time.Now()
		c.request(keys.next() % uint64(2*capacity))
		wallNs := time.Since(start).Nanoseconds()
		times.add(start.Sub(zero).Nanoseconds(), wallNs, threadCPUNs()-startCPUNs)
	}
	endNs := time.Since(zero).Nanoseconds()

	fmt.Printf("%d hits in %d requests, checksum %016x\n", c.hits, requests, c.checksum)
	if requests > 0 {
		times.wallNs.sort()
		times.cpuNs.sort()
		us := func(perMyriad int) float64 { return float64(times.wallNs.percentile(perMyriad)) / 1e3 }
		fmt.Printf("latency in us: p50 %.2f, p99 %.2f, p99.9 %.2f, p99.99 %.2f, max %.2f\n",
			us(5000), us(9900), us(9990), us(9999), us(10000))
	}
	if path := os.Getenv("DROPSCOPE_OPERATIONS"); path != "" {
		if err := times.write(path, filledNs, endNs); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
