// customers place orders, one after the other, and write down what they got.
package main

import (
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"time"
)

func main() {
	log.SetFlags(log.LstdFlags | log.LUTC)
	orders := "http://orders/orders"
	if url := os.Getenv("ORDERS_URL"); url != "" {
		orders = url
	}
	pause := 2 * time.Second
	if text := os.Getenv("EVERY"); text != "" {
		found, err := time.ParseDuration(text)
		if err != nil {
			log.Fatalf("EVERY: %v", err)
		}
		pause = found
	}
	client := &http.Client{Timeout: 8 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	for range time.Tick(pause) {
		place(client, orders)
	}
}

func place(client *http.Client, orders string) {
	amount := float64(500+rand.IntN(9000)) / 100
	began := time.Now()
	got, err := client.Post(orders, "application/json", strings.NewReader(fmt.Sprintf(`{"amount":%.2f}`, amount)))
	if err != nil {
		log.Printf("order of %.2f: %v (%.2fs)", amount, err, time.Since(began).Seconds())
		return
	}
	defer got.Body.Close()
	io.Copy(io.Discard, got.Body)
	log.Printf("POST %s %d (%.2fs)", orders, got.StatusCode, time.Since(began).Seconds())
}
