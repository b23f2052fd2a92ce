// SPDX-License-Identifier: Apache-2.0

package proxy

import "sync"

// names gives each resource name a small number, once for all proxies: a thousand proxies hold millions of names.
type names struct {
	lock    sync.RWMutex
	numbers map[string]int
	texts   []string
}

func (n *names) number(name []byte) int {
	n.lock.RLock()
	number, known := n.numbers[string(name)]
	n.lock.RUnlock()
	if known {
		return number
	}
	n.lock.Lock()
	defer n.lock.Unlock()
	if number, known = n.numbers[string(name)]; known {
		return number
	}
	if n.numbers == nil {
		n.numbers = map[string]int{}
	}
	text := string(name)
	number = len(n.texts)
	n.numbers[text] = number
	n.texts = append(n.texts, text)
	return number
}

func (n *names) text(number int) string {
	n.lock.RLock()
	defer n.lock.RUnlock()
	return n.texts[number]
}

// set is a set of numbers.
type set struct {
	words []uint64
	size  int
}

// add tells whether the number is new.
func (s *set) add(number int) bool {
	word, bit := number/64, uint64(1)<<(number%64)
	for len(s.words) <= word {
		s.words = append(s.words, 0)
	}
	if s.words[word]&bit != 0 {
		return false
	}
	s.words[word] |= bit
	s.size++
	return true
}

func (s *set) remove(number int) {
	word, bit := number/64, uint64(1)<<(number%64)
	if word < len(s.words) && s.words[word]&bit != 0 {
		s.words[word] &^= bit
		s.size--
	}
}
