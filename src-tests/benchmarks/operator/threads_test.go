// SPDX-License-Identifier: Apache-2.0

package operator

import "testing"

func TestReadsTheTimeOfAThreadWhoseNameHasSpaces(t *testing.T) {
	line := "7 (C2 CompilerThre) S 1 7 7 0 -1 1077936192 100 0 0 0 250 30 0 0 20 0 40 0 500 1 2"
	if name, ticks := threadTime(line); name != "C2 CompilerThre" || ticks != 280 {
		t.Fatalf("%q %d", name, ticks)
	}
}

func TestThreadsThatDifferByANumberAreOne(t *testing.T) {
	if name, _ := threadTime("7 (GC Thread#12) S 1 7 7 0 -1 1 100 0 0 0 250 30 0 0"); name != "GC Thread" {
		t.Fatal(name)
	}
}

func TestOnlyWhatWasSpentSinceIsCounted(t *testing.T) {
	spent := ThreadTimes{"sender": 3, "compile": 1}.Since(ThreadTimes{"sender": 1, "compile": 1})
	if spent.String() != "sender 2.00" {
		t.Fatal(spent)
	}
}
