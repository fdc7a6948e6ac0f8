// corpus: signal
// event: panic: runtime error: invalid memory address or nil pointer dereference
package main

import "os"

type model struct{ weights []int }

func (m *model) size() int { return len(m.weights) }

func main() {
	os.Stderr.WriteString("-- begin\n")
	var m *model
	os.Exit(m.size())
}
