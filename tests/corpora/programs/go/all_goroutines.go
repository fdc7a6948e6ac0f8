// corpus: thread
// env: GOTRACEBACK=all
// event: panic: with others
package main

import (
	"os"
	"time"
)

func idle(c chan int) { <-c }

func main() {
	c := make(chan int)
	go idle(c)
	time.Sleep(200 * time.Millisecond)
	os.Stderr.WriteString("-- begin\n")
	panic("with others")
}
