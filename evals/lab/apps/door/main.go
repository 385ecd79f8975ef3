// door joins two networks: it inherits listening sockets that were opened outside and runs inside. Each word of its
// command line is the descriptor of one and the address inside to which it leads: 3=127.0.0.1:6443.
package main

import (
	"io"
	"log"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

func main() {
	for _, word := range os.Args[1:] {
		number, address, _ := strings.Cut(word, "=")
		descriptor, err := strconv.Atoi(number)
		if err != nil {
			log.Fatalf("%s: expected DESCRIPTOR=ADDRESS", word)
		}
		listener, err := net.FileListener(os.NewFile(uintptr(descriptor), address))
		if err != nil {
			log.Fatalf("%s: %v", address, err)
		}
		go serve(listener, address)
	}
	select {}
}

func serve(listener net.Listener, address string) {
	for {
		outside, err := listener.Accept()
		if err != nil {
			log.Fatalf("%s: %v", address, err)
		}
		go join(outside.(*net.TCPConn), address)
	}
}

func join(outside *net.TCPConn, address string) {
	defer outside.Close()
	found, err := net.DialTimeout("tcp", address, 10*time.Second)
	if err != nil {
		log.Printf("%s: %v", address, err)
		return
	}
	inside := found.(*net.TCPConn)
	defer inside.Close()
	done := make(chan struct{}, 2)
	go carry(inside, outside, done)
	go carry(outside, inside, done)
	<-done
	<-done
}

func carry(to, from *net.TCPConn, done chan<- struct{}) {
	io.Copy(to, from)
	to.CloseWrite()
	done <- struct{}{}
}
