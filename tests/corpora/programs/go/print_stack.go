// corpus: no event
package main

import (
	"os"
	"runtime/debug"
)

func where() {
	debug.PrintStack()
}

func main() {
	os.Stderr.WriteString("round 1\n")
	where()
	os.Stderr.WriteString("round 2\n")
}
