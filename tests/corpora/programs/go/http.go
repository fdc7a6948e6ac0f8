// corpus: library catches and prints
// event: http: panic serving pipe: no handler for rounds
package main

import (
	"io"
	"log"
	"net"
	"net/http"
	"os"
)

type listener struct{ conns chan net.Conn }

type address struct{}

func (address) Network() string { return "pipe" }
func (address) String() string  { return "pipe" }

func (l listener) Accept() (net.Conn, error) {
	conn, open := <-l.conns
	if !open {
		return nil, io.EOF
	}
	return conn, nil
}
func (l listener) Close() error   { return nil }
func (l listener) Addr() net.Addr { return address{} }

func main() {
	server, client := net.Pipe()
	conns := make(chan net.Conn, 1)
	conns <- server
	http.HandleFunc("/", func(http.ResponseWriter, *http.Request) { panic("no handler for rounds") })
	s := &http.Server{ErrorLog: log.New(os.Stderr, "", 0)}
	go s.Serve(listener{conns})
	os.Stderr.WriteString("-- begin\n")
	client.Write([]byte("GET / HTTP/1.1\r\nHost: app\r\n\r\n"))
	io.ReadAll(client)
	os.Stderr.WriteString("-- end\nserving on\n")
}
