// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"
)

// Watch waits until some proxies have received a resource that shows a change.
type Watch struct {
	// Type and Name say which resource; an empty name is any.
	Type Type
	Name string
	// Shows tells whether the change is in a resource; nil is always.
	Shows func(body []byte) bool
	// Proxies are those that must receive it.
	Proxies []int

	begin time.Time
	taken map[int]*times
	left  atomic.Int64
	done  chan struct{}
}

type times struct {
	received, acknowledged atomic.Int64
}

// start begins to look; the time of everything counts from here.
func (w *Watch) start() {
	w.done = make(chan struct{})
	w.taken = make(map[int]*times, len(w.Proxies))
	for _, index := range w.Proxies {
		w.taken[index] = &times{}
	}
	w.left.Store(int64(len(w.Proxies)))
	w.begin = time.Now()
}

func (w *Watch) received(index int, kind Type, each resource) bool {
	if w == nil || kind != w.Type || (w.Name != "" && w.Name != string(each.name)) {
		return false
	}
	mine := w.taken[index]
	return mine != nil && (w.Shows == nil || w.Shows(each.body)) &&
		mine.received.CompareAndSwap(0, int64(time.Since(w.begin)))
}

func (w *Watch) acknowledged(index int) {
	w.taken[index].acknowledged.Store(int64(time.Since(w.begin)))
	if w.left.Add(-1) == 0 {
		close(w.done)
	}
}

// Wait blocks until the last proxy has acknowledged.
func (w *Watch) Wait(ctx context.Context) error {
	select {
	case <-w.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%d of %d proxies did not receive %s %s: %w",
			w.left.Load(), len(w.Proxies), w.Type, w.Name, ctx.Err())
	}
}

// Received are the times of receipt, sorted.
func (w *Watch) Received() []time.Duration {
	return w.collect(func(t *times) int64 { return t.received.Load() })
}

// Acknowledged are the times at which the acknowledgements were sent, sorted.
func (w *Watch) Acknowledged() []time.Duration {
	return w.collect(func(t *times) int64 { return t.acknowledged.Load() })
}

func (w *Watch) collect(get func(*times) int64) []time.Duration {
	var all []time.Duration
	for _, each := range w.taken {
		all = append(all, time.Duration(get(each)))
	}
	slices.Sort(all)
	return all
}
