// corpus: chained
// event: panic: first
package main

import "os"

func clean() {
	panic("second")
}

func main() {
	os.Stderr.WriteString("-- begin\n")
	defer clean()
	panic("first")
}
