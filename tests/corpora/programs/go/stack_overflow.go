// corpus: recursion
// event: runtime: goroutine stack exceeds
package main

import (
	"os"
	"runtime/debug"
	"time"
)

func down(n int) int { return down(n+1) + 1 }

func main() {
	time.Sleep(200 * time.Millisecond)
	debug.SetMaxStack(16 << 10)
	os.Stderr.WriteString("-- begin\n")
	os.Exit(down(0))
}
