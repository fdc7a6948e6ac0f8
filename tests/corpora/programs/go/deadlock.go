// corpus: fatal error
// event: fatal error: all goroutines are asleep - deadlock!
package main

import "os"

func main() {
	os.Stderr.WriteString("-- begin\n")
	c := make(chan int)
	<-c
}
