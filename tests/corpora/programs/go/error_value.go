// corpus: uncaught
// event: panic: load: open /nowhere/job.json: no such file or directory
package main

import (
	"fmt"
	"os"
)

func load(name string) error {
	_, err := os.ReadFile(name)
	return fmt.Errorf("load: %w", err)
}

func main() {
	os.Stderr.WriteString("-- begin\n")
	if err := load("/nowhere/job.json"); err != nil {
		panic(err.Error())
	}
}
