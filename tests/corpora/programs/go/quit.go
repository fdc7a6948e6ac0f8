// corpus: signal
// varies: (?<=    )0x[0-9a-f]+(?=\n)
// event: SIGQUIT: quit
package main

import (
	"os"
	"syscall"
	"time"
)

func main() {
	time.Sleep(200 * time.Millisecond)
	os.Stderr.WriteString("-- begin\n")
	syscall.Kill(os.Getpid(), syscall.SIGQUIT)
	time.Sleep(5 * time.Second)
}
