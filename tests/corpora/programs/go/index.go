// corpus: uncaught
// event: panic: runtime error: index out of range [7] with length 3
package main

import "os"

func look(values []int, n int) int {
	return values[n]
}

func main() {
	os.Stderr.WriteString("-- begin\n")
	os.Exit(look([]int{1, 2, 3}, 6+len(os.Args)))
}
