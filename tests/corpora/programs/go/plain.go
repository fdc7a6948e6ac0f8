// corpus: uncaught
// event: panic: the rate must be positive
package main

import "os"

func check(rate int) {
	if rate < 0 {
		panic("the rate must be positive")
	}
}

func main() {
	os.Stderr.WriteString("round 1\n-- begin\n")
	check(-len(os.Args))
}
