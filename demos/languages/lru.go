// The LRU cache workload of ../src/lru.rs in Go: same keys, same answers; the runtime's collector releases the entries.
//
//	lru [ENTRIES [REQUESTS [SEED]]]
package main

import (
	"container/list"
	"fmt"
	"math/bits"
	"os"
	"sort"
	"strconv"
	"time"
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
	latenciesNs := make([]int64, requests)

	c := newCache(capacity)
	for i := range latenciesNs {
		start := time.Now()
		c.request(keys.next() % uint64(2*capacity))
		latenciesNs[i] = time.Since(start).Nanoseconds()
	}

	fmt.Printf("%d hits in %d requests, checksum %016x\n", c.hits, requests, c.checksum)
	if requests > 0 {
		sort.Slice(latenciesNs, func(i, j int) bool { return latenciesNs[i] < latenciesNs[j] })
		us := func(share float64) float64 { return float64(latenciesNs[int(share*float64(requests-1))]) / 1e3 }
		fmt.Printf("latency in us: p50 %.2f, p99 %.2f, p99.9 %.2f, p99.99 %.2f, max %.2f\n",
			us(0.5), us(0.99), us(0.999), us(0.9999), us(1))
	}
}
