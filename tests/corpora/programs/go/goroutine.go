// corpus: thread
// event: panic: in a goroutine
package main

import (
	"os"
	"sync"
)

func work(wait *sync.WaitGroup) {
	defer wait.Done()
	panic("in a goroutine")
}

func main() {
	os.Stderr.WriteString("-- begin\n")
	var wait sync.WaitGroup
	wait.Add(1)
	go work(&wait)
	wait.Wait()
}
