// corpus: chained
// event: panic: again
package main

import "os"

func work() {
	defer func() {
		if r := recover(); r != nil {
			panic("again")
		}
	}()
	panic("first")
}

func main() {
	os.Stderr.WriteString("-- begin\n")
	work()
}
