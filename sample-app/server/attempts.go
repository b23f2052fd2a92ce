// SPDX-License-Identifier: Apache-2.0

package server

import "sync"

// maxRemembered bounds how many requests are remembered at a time.
const maxRemembered = 10_000

// attempts counts how often each request has arrived.
type attempts struct {
	mutex sync.Mutex
	seen  map[string]int
}

// next is 1 for the first attempt of a request.
func (a *attempts) next(request string) int {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.seen == nil || len(a.seen) >= maxRemembered {
		a.seen = map[string]int{}
	}
	a.seen[request]++
	return a.seen[request]
}
