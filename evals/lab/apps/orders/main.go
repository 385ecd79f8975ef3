// orders takes orders and has them paid. It writes the log of the shop's Java service: Spring Boot with Sleuth, Java's
// words for what the network did.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	patience   = 5 * time.Second
	controller = "w.w.s.o.controllers.OrdersController"
	servlet    = "o.a.c.c.C.[.[.[/].[dispatcherServlet]"
	declined   = "works.weave.socks.orders.controllers.OrdersController$PaymentDeclinedException"
)

var (
	payment = "http://payment/paymentAuth"
	client  = &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	threads atomic.Uint32
	started = time.Now()
	count   atomic.Uint32
)

// call is one request's way through the log: all of its lines carry the same thread and trace.
type call struct {
	thread uint32
	trace  string
	span   string
}

func main() {
	if url := os.Getenv("PAYMENT_URL"); url != "" {
		payment = url
	}
	begun := call{trace: "", span: ""}
	http.HandleFunc("POST /orders", order)
	http.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]any{"health": []map[string]string{{"service": "orders", "status": "OK"}}})
	})
	begun.say("INFO", "s.b.c.e.t.TomcatEmbeddedServletContainer", "Tomcat started on port(s): 80 (http)")
	if err := http.ListenAndServe(":80", nil); err != nil {
		begun.say("ERROR", "o.s.boot.SpringApplication", "Application startup failed: "+err.Error())
		os.Exit(1)
	}
}

func order(w http.ResponseWriter, r *http.Request) {
	c := call{1 + threads.Add(1)%10, fmt.Sprintf("%016x", rand.Uint64()), fmt.Sprintf("%016x", rand.Uint64())}
	var asked struct {
		Amount float64 `json:"amount"`
	}
	if err := json.NewDecoder(io.LimitReader(r.Body, 1<<16)).Decode(&asked); err != nil {
		answer(w, http.StatusBadRequest, map[string]any{"status": 400, "error": "Bad Request"})
		return
	}
	id := identity()
	c.say("INFO", controller, fmt.Sprintf("Order created with ID: %s and status: Created", id))
	c.say("INFO", controller, fmt.Sprintf("Order %s status updated to PENDING", id))
	c.say("INFO", controller, "Sending payment request for order "+id)
	body, err := pay(asked.Amount)
	if err != nil {
		c.failed(w, id, err)
		return
	}
	c.decided(w, id, body)
}

type decision struct {
	Authorised bool   `json:"authorised"`
	Message    string `json:"message"`
}

type unusual struct{ status int }

func (u unusual) Error() string { return fmt.Sprintf("%d null", u.status) }

func pay(amount float64) (decision, error) {
	var found decision
	asked, _ := json.Marshal(map[string]float64{"amount": amount})
	got, err := client.Post(payment, "application/json", bytes.NewReader(asked))
	if err != nil {
		return found, err
	}
	defer got.Body.Close()
	if got.StatusCode >= 400 {
		return found, unusual{got.StatusCode}
	}
	return found, json.NewDecoder(got.Body).Decode(&found)
}

func (c call) decided(w http.ResponseWriter, id string, found decision) {
	text := fmt.Sprintf("PaymentResponse{authorised=%t, message=%s}", found.Authorised, found.Message)
	c.say("INFO", controller, fmt.Sprintf("Received payment response for order %s: %s", id, text))
	if found.Authorised {
		c.say("INFO", controller, fmt.Sprintf("Order %s payment successful, status updated to PAID", id))
		answer(w, http.StatusCreated, map[string]any{"id": id, "status": "PAID"})
		return
	}
	answer(w, http.StatusNotAcceptable, map[string]any{
		"timestamp": time.Now().UnixMilli(), "status": 406, "error": "Not Acceptable", "exception": declined,
		"message": "Payment declined. " + found.Message, "path": "/orders",
	})
}

// failed answers 500 in one of two ways, as the Java service does: its own patience ends, or the call itself broke.
func (c call) failed(w http.ResponseWriter, id string, err error) {
	var slow net.Error
	var name *net.DNSError
	if errors.As(err, &slow) && slow.Timeout() && !errors.As(err, &name) {
		text := "Unable to create order due to timeout from one of the services."
		c.say("ERROR", controller, text+" java.util.concurrent.TimeoutException")
		answer(w, http.StatusInternalServerError, failure(text))
		return
	}
	cause, short := inJava(err)
	c.say("ERROR", controller, fmt.Sprintf("Payment failed for order %s: %s", id, cause))
	c.say("WARN", controller, fmt.Sprintf("Order %s status updated to PAYMENT_FAILED due to: %s", id, short))
	gone := "Payment service unavailable for order " + id
	c.say("ERROR", servlet, "Servlet.service() threw exception: "+gone)
	answer(w, http.StatusInternalServerError, failure(gone))
}

func failure(message string) map[string]any {
	return map[string]any{"status": 500, "error": "Internal Server Error", "message": message}
}

// inJava gives the exception's text and its last message.
func inJava(err error) (string, string) {
	var status unusual
	if errors.As(err, &status) {
		return "org.springframework.web.client.HttpServerErrorException: " + status.Error(), status.Error()
	}
	var name *net.DNSError
	message, kind := err.Error(), "SocketException"
	switch {
	case errors.As(err, &name):
		message, kind = name.Name, "UnknownHostException"
	case errors.Is(err, syscall.ECONNREFUSED):
		message, kind = "Connection refused (Connection refused)", "ConnectException"
	case errors.Is(err, syscall.EHOSTUNREACH):
		message, kind = "No route to host (Host unreachable)", "NoRouteToHostException"
	case errors.Is(err, syscall.ECONNRESET):
		message = "Connection reset"
	}
	head := fmt.Sprintf("org.springframework.web.client.ResourceAccessException: I/O error on POST request for %q: ", payment)
	short, _, _ := strings.Cut(message, " (")
	return head + message + "; nested exception is java.net." + kind + ": " + message, short
}

func (c call) say(level, logger, text string) {
	thread := "main"
	if c.thread > 0 {
		thread = fmt.Sprintf("p-nio-80-exec-%d", c.thread)
		thread = thread[max(0, len(thread)-15):]
	}
	trace := c.trace + "," + c.span + ",false"
	if c.trace == "" {
		trace = ",,"
	}
	at := time.Now().UTC().Format("2006-01-02 15:04:05.000")
	fmt.Printf("%s %5s [orders,%s] 1 --- [%15s] %-40s : %s\n", at, level, trace, thread, logger, text)
}

// identity makes an id as MongoDB does: the second, who made it, a count.
func identity() string {
	return fmt.Sprintf("%08x%010x%06x", time.Now().Unix(), started.UnixNano()&0xffffffffff, count.Add(1)&0xffffff)
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}
