// registry has no images: it answers pulls as a registry does, 401 below private/, else 404.
package main

import (
	"encoding/json"
	"log"
	"net/http"
	"os"
	"strings"
)

func main() {
	http.HandleFunc("/v2/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		name := strings.TrimPrefix(r.URL.Path, "/v2/")
		switch {
		case name == "":
			return
		case strings.HasPrefix(name, "private/"):
			w.Header().Set("WWW-Authenticate", `Basic realm="registry"`)
			refuse(w, http.StatusUnauthorized, "UNAUTHORIZED", "authentication required")
		default:
			refuse(w, http.StatusNotFound, "MANIFEST_UNKNOWN", "manifest unknown")
		}
	})
	log.Fatal(http.ListenAndServe(os.Args[1], nil))
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]any{"errors": []map[string]string{{"code": code, "message": message}}})
}
