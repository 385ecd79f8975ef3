// payment authorises amounts by charging a card at a gateway. Without PAYMENT_GATEWAY_URL it decides alone.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	patience = 35 * time.Second
	limit    = 100
)

type request struct {
	Amount float64 `json:"amount"`
}

type response struct {
	Authorised bool   `json:"authorised"`
	Message    string `json:"message"`
}

type gateway struct {
	url    string
	key    string
	client *http.Client
	batch  *batch
}

// batch keeps what was charged until it is reconciled: so many bytes for each charge, and nobody empties it.
type batch struct {
	sync.Mutex
	size int
	kept [][]byte
}

func (b *batch) keep(body []byte) {
	if b.size == 0 {
		return
	}
	page := bytes.Repeat([]byte{'\n'}, b.size)
	copy(page, body)
	b.Lock()
	defer b.Unlock()
	b.kept = append(b.kept, page)
}

func main() {
	log.SetFlags(log.LstdFlags | log.LUTC)
	port := or(os.Getenv("PORT"), "8080")
	known := gateway{
		url: strings.TrimRight(os.Getenv("PAYMENT_GATEWAY_URL"), "/"),
		key: or(os.Getenv("PAYMENT_GATEWAY_KEY"), "sk_test_123"),
		// Each charge is a connection of its own, as behind a load balancer that closes idle ones.
		client: &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}},
		batch:  &batch{size: number(os.Getenv("RECONCILE_BATCH_BYTES"))},
	}
	if known.url == "" {
		log.Printf("⚠️ No payment gateway, running in mock mode")
	} else {
		log.Printf("✅ Payment gateway: %s", known.url)
	}
	http.HandleFunc("POST /paymentAuth", known.authorise)
	http.HandleFunc("GET /health", health)
	log.Printf("🚀 Payment service starting on port %s", port)
	log.Fatal(http.ListenAndServe(":"+port, nil))
}

func health(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{"health": []map[string]string{
		{"service": "payment", "status": "OK", "time": time.Now().String()},
	}})
}

func (g gateway) authorise(w http.ResponseWriter, r *http.Request) {
	var asked request
	if err := json.NewDecoder(io.LimitReader(r.Body, 1<<16)).Decode(&asked); err != nil {
		answer(w, http.StatusBadRequest, response{Message: "Invalid request"})
		return
	}
	log.Printf("💳 Payment auth request: amount=%.2f", asked.Amount)
	if g.url == "" {
		answer(w, http.StatusOK, alone(asked.Amount))
		return
	}
	decided := g.charge(asked.Amount)
	if decided.Authorised {
		log.Printf("✅ Payment authorized: %s", strings.TrimSuffix(strings.TrimPrefix(decided.Message, "Payment authorized (charge: "), ")"))
	}
	answer(w, http.StatusOK, decided)
}

func alone(amount float64) response {
	if amount > 0 && amount <= limit {
		return response{true, "Payment authorised"}
	}
	return response{false, fmt.Sprintf("Payment declined: amount exceeds %.2f", float64(limit))}
}

// charge asks once; a second try could charge twice.
func (g gateway) charge(amount float64) response {
	cents := int(amount * 100)
	log.Printf("🌐 Calling payment gateway: %s/v1/charges (amount=%d cents)", g.url, cents)
	form := url.Values{"amount": {strconv.Itoa(cents)}, "currency": {"usd"}, "source": {"tok_visa"}}
	asked, err := http.NewRequest(http.MethodPost, g.url+"/v1/charges", strings.NewReader(form.Encode()))
	if err != nil {
		return refused("Payment gateway error: "+err.Error(), "")
	}
	asked.Header.Set("Authorization", "Bearer "+g.key)
	asked.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	began := time.Now()
	got, err := g.client.Do(asked)
	took := fmt.Sprintf(" (%.2fs)", time.Since(began).Seconds())
	if err != nil {
		return refused("Payment gateway error: "+err.Error(), took)
	}
	defer got.Body.Close()
	body, err := io.ReadAll(io.LimitReader(got.Body, 1<<20))
	log.Printf("✅ Gateway response: HTTP %d%s", got.StatusCode, took)
	if err != nil {
		return refused("Payment gateway returned invalid response", "")
	}
	return g.judged(got.StatusCode, body)
}

func (g gateway) judged(status int, body []byte) response {
	switch {
	case status == http.StatusTooManyRequests:
		return refused("Payment gateway rate limit exceeded", "")
	case status >= 500:
		return refused(fmt.Sprintf("Payment gateway unavailable (HTTP %d)", status), "")
	case status >= 400:
		return refused(fmt.Sprintf("Payment request failed (HTTP %d)", status), "")
	}
	var charge struct {
		ID     string `json:"id"`
		Status string `json:"status"`
	}
	if err := json.Unmarshal(body, &charge); err != nil || charge.ID == "" {
		return refused("Payment gateway returned invalid JSON", "")
	}
	if charge.Status == "failed" {
		return refused("Payment declined by gateway", "")
	}
	g.batch.keep(body)
	return response{true, fmt.Sprintf("Payment authorized (charge: %s)", charge.ID)}
}

func refused(message, took string) response {
	log.Printf("❌ %s%s", message, took)
	return response{false, message}
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}

func number(text string) int {
	found, err := strconv.Atoi(or(text, "0"))
	if err != nil || found < 0 {
		log.Fatalf("RECONCILE_BATCH_BYTES: expected a number, got %q", text)
	}
	return found
}

func or(found, otherwise string) string {
	if found == "" {
		return otherwise
	}
	return found
}
