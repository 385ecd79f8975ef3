// vendor stands at the edge of a vendor: it passes requests on, and behaves as `vendor set` told it to. It writes no log:
// a vendor's is not ours to read.
//
//	vendor serve ADDRESS BACKEND [CERTIFICATE KEY]
//	vendor set pass | status CODE | hang | certificate CERTIFICATE KEY
//	vendor keys FOLDER HOST: an authority, its certificate for HOST of this year, and the one of last year
package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
)

const control = "/tmp/control.sock"

type edge struct {
	status      atomic.Int32
	hangs       atomic.Bool
	certificate atomic.Pointer[tls.Certificate]
	backend     http.Handler
}

func main() {
	log.SetFlags(log.LstdFlags | log.LUTC)
	switch {
	case len(os.Args) >= 4 && os.Args[1] == "serve":
		log.Fatal(serve(os.Args[2], os.Args[3], os.Args[4:]))
	case len(os.Args) >= 3 && os.Args[1] == "set":
		if err := tell(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	case len(os.Args) == 4 && os.Args[1] == "keys":
		if err := makeKeys(os.Args[2], os.Args[3]); err != nil {
			log.Fatal(err)
		}
	default:
		fmt.Fprintln(os.Stderr, "usage: vendor serve ADDRESS BACKEND [CERTIFICATE KEY] | vendor set WORD... | vendor keys FOLDER HOST")
		os.Exit(2)
	}
}

func serve(address, backend string, pair []string) error {
	to, err := url.Parse(backend)
	if err != nil {
		return err
	}
	e := &edge{backend: httputil.NewSingleHostReverseProxy(to)}
	os.Remove(control)
	orders, err := net.Listen("unix", control)
	if err != nil {
		return err
	}
	go e.listen(orders)
	server := &http.Server{Addr: address, Handler: e}
	if len(pair) != 2 {
		return server.ListenAndServe()
	}
	if err := e.present(pair[0], pair[1]); err != nil {
		return err
	}
	server.TLSConfig = &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		return e.certificate.Load(), nil
	}}
	return server.ListenAndServeTLS("", "")
}

func (e *edge) present(certificate, key string) error {
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err == nil {
		e.certificate.Store(&pair)
	}
	return err
}

func (e *edge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if e.hangs.Load() {
		<-r.Context().Done()
		return
	}
	if status := int(e.status.Load()); status != 0 {
		w.Header().Set("Content-Type", "application/json")
		if status == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", "30")
		}
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"error":{"type":"api_error","message":%q}}`, http.StatusText(status))
		return
	}
	e.backend.ServeHTTP(w, r)
}

func (e *edge) listen(orders net.Listener) {
	for {
		caller, err := orders.Accept()
		if err != nil {
			log.Fatal(err)
		}
		words, _ := io.ReadAll(io.LimitReader(caller, 1<<12))
		if err := e.obey(strings.Fields(string(words))); err != nil {
			fmt.Fprint(caller, err)
		}
		caller.Close()
	}
}

func (e *edge) obey(words []string) error {
	switch {
	case len(words) == 1 && words[0] == "pass":
		e.status.Store(0)
		e.hangs.Store(false)
	case len(words) == 1 && words[0] == "hang":
		e.hangs.Store(true)
	case len(words) == 2 && words[0] == "status":
		status, err := strconv.Atoi(words[1])
		if err != nil || status < 200 || status > 599 {
			return fmt.Errorf("%q is no status", words[1])
		}
		e.status.Store(int32(status))
	case len(words) == 3 && words[0] == "certificate":
		return e.present(words[1], words[2])
	default:
		return fmt.Errorf("no such order: %s", strings.Join(words, " "))
	}
	return nil
}

func tell(words []string) error {
	server, err := net.Dial("unix", control)
	if err != nil {
		return err
	}
	defer server.Close()
	fmt.Fprint(server, strings.Join(words, " "))
	server.(*net.UnixConn).CloseWrite()
	said, err := io.ReadAll(server)
	if err == nil && len(said) > 0 {
		return fmt.Errorf("%s", said)
	}
	return err
}
