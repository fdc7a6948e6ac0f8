// corpus: message of several lines
// event: panic: two sites disagree
package main

import "os"

func main() {
	os.Stderr.WriteString("-- begin\n")
	panic("two sites disagree\nsite-1 says 7\n\nsite-2 says 9")
}
