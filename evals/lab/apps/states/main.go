// states serves what the API server says of workloads, pods and nodes under the metric and label names of
// kube-state-metrics, whose module no Go proxy has. Every scrape lists anew; nothing is kept.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
)

const account = "/var/run/secrets/kubernetes.io/serviceaccount/"

type meta struct {
	Name      string
	Namespace string
	Labels    map[string]string
}

type condition struct{ Type, Status string }

type reasoned struct{ Reason string }

type state struct{ Waiting, Terminated *reasoned }

type workload struct {
	Metadata meta
	Spec     struct{ Replicas *int }
	Status   struct{ Replicas, ReadyReplicas, AvailableReplicas, UnavailableReplicas int }
}

type container struct {
	Name      string
	Resources struct{ Limits map[string]string }
}

type pod struct {
	Metadata meta
	Spec     struct {
		NodeName   string
		Containers []container
	}
	Status struct {
		Phase             string
		Conditions        []condition
		ContainerStatuses []struct {
			Name         string
			RestartCount int
			Ready        bool
			State        state
			LastState    state
		}
	}
}

type node struct {
	Metadata meta
	Status   struct{ Conditions []condition }
}

type slice struct {
	Metadata  meta
	Endpoints []struct{ Conditions struct{ Ready *bool } }
}

type list[T any] struct{ Items []T }

type server struct {
	address string
	client  *http.Client
}

func main() {
	authority, err := os.ReadFile(account + "ca.crt")
	if err != nil {
		log.Fatal(err)
	}
	known := x509.NewCertPool()
	known.AppendCertsFromPEM(authority)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: known}}
	from := server{
		address: "https://" + os.Getenv("KUBERNETES_SERVICE_HOST") + ":" + os.Getenv("KUBERNETES_SERVICE_PORT"),
		client:  &http.Client{Timeout: 8 * time.Second, Transport: transport},
	}
	http.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		found, err := measured(from)
		if err != nil {
			log.Print(err)
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		found.write(w)
	})
	http.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	log.Fatal(http.ListenAndServe(":8080", nil))
}

func listed[T any](from server, path string) ([]T, error) {
	token, err := os.ReadFile(account + "token") // it is renewed now and then
	if err != nil {
		return nil, err
	}
	asked, err := http.NewRequest(http.MethodGet, from.address+path+"?resourceVersion=0", nil)
	if err != nil {
		return nil, err
	}
	asked.Header.Set("Authorization", "Bearer "+string(token))
	got, err := from.client.Do(asked)
	if err != nil {
		return nil, err
	}
	defer got.Body.Close()
	if got.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, got.Status)
	}
	var found list[T]
	err = json.NewDecoder(got.Body).Decode(&found)
	return found.Items, err
}

func measured(from server) (families, error) {
	deployments, err1 := listed[workload](from, "/apis/apps/v1/deployments")
	sets, err2 := listed[workload](from, "/apis/apps/v1/statefulsets")
	pods, err3 := listed[pod](from, "/api/v1/pods")
	nodes, err4 := listed[node](from, "/api/v1/nodes")
	slices, err5 := listed[slice](from, "/apis/discovery.k8s.io/v1/endpointslices")
	for _, err := range []error{err1, err2, err3, err4, err5} {
		if err != nil {
			return nil, err
		}
	}
	found := families{}
	for _, one := range deployments {
		found.replicas("deployment", one)
	}
	for _, one := range sets {
		found.replicas("statefulset", one)
	}
	for _, one := range pods {
		found.pod(one)
	}
	for _, one := range nodes {
		for _, had := range one.Status.Conditions {
			found.condition("kube_node_status_condition", had.Status, "status", "node", one.Metadata.Name, "condition", had.Type)
		}
	}
	found.endpoints(slices)
	return found, nil
}

// families holds the lines of each metric; labels come as name, value, name, value.
type families map[string][]string

func (f families) add(name string, value int, labels ...string) {
	var text strings.Builder
	for at := 0; at < len(labels); at += 2 {
		fmt.Fprintf(&text, ",%s=%q", labels[at], labels[at+1])
	}
	f[name] = append(f[name], fmt.Sprintf("%s{%s} %d", name, text.String()[1:], value))
}

func (f families) condition(name, is, label string, labels ...string) {
	for _, could := range []string{"True", "False", "Unknown"} {
		f.add(name, flag(could == is), append(slices.Clone(labels), label, strings.ToLower(could))...)
	}
}

func (f families) replicas(kind string, one workload) {
	labels := []string{"namespace", one.Metadata.Namespace, kind, one.Metadata.Name}
	wanted := 1
	if one.Spec.Replicas != nil {
		wanted = *one.Spec.Replicas
	}
	head := "kube_" + kind
	f.add(map[string]string{"deployment": head + "_spec_replicas", "statefulset": head + "_replicas"}[kind], wanted, labels...)
	f.add(head+"_status_replicas", one.Status.Replicas, labels...)
	f.add(head+"_status_replicas_ready", one.Status.ReadyReplicas, labels...)
	f.add(head+"_status_replicas_available", one.Status.AvailableReplicas, labels...)
	if kind == "deployment" {
		f.add(head+"_status_replicas_unavailable", one.Status.UnavailableReplicas, labels...)
	}
}

func (f families) pod(one pod) {
	labels := []string{"namespace", one.Metadata.Namespace, "pod", one.Metadata.Name}
	f.add("kube_pod_info", 1, append(slices.Clone(labels), "node", one.Spec.NodeName)...)
	for _, phase := range []string{"Pending", "Running", "Succeeded", "Failed", "Unknown"} {
		f.add("kube_pod_status_phase", flag(phase == one.Status.Phase), append(slices.Clone(labels), "phase", phase)...)
	}
	for _, had := range one.Status.Conditions {
		if had.Type == "Ready" {
			f.condition("kube_pod_status_ready", had.Status, "condition", labels...)
		}
	}
	for _, had := range one.Status.ContainerStatuses {
		with := append(slices.Clone(labels), "container", had.Name)
		f.add("kube_pod_container_status_restarts_total", had.RestartCount, with...)
		f.add("kube_pod_container_status_ready", flag(had.Ready), with...)
		if had.State.Waiting != nil {
			f.add("kube_pod_container_status_waiting_reason", 1, append(slices.Clone(with), "reason", had.State.Waiting.Reason)...)
		}
		if had.LastState.Terminated != nil {
			f.add("kube_pod_container_status_last_terminated_reason", 1, append(slices.Clone(with), "reason", had.LastState.Terminated.Reason)...)
		}
	}
	for _, had := range one.Spec.Containers {
		if bytes, known := inBytes(had.Resources.Limits["memory"]); known {
			f.add("kube_pod_container_resource_limits", bytes, append(slices.Clone(labels), "container", had.Name, "resource", "memory", "unit", "byte")...)
		}
	}
}

func (f families) endpoints(found []slice) {
	ready := map[[2]string]int{}
	for _, one := range found {
		of := [2]string{one.Metadata.Namespace, one.Metadata.Labels["kubernetes.io/service-name"]}
		ready[of] += 0
		for _, endpoint := range one.Endpoints {
			ready[of] += flag(endpoint.Conditions.Ready == nil || *endpoint.Conditions.Ready)
		}
	}
	for of, count := range ready {
		f.add("kube_endpoint_address_available", count, "namespace", of[0], "endpoint", of[1])
	}
}

func (f families) write(w http.ResponseWriter) {
	names := make([]string, 0, len(f))
	for name := range f {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		kind := "gauge"
		if strings.HasSuffix(name, "_total") {
			kind = "counter"
		}
		fmt.Fprintf(w, "# TYPE %s %s\n%s\n", name, kind, strings.Join(f[name], "\n"))
	}
}

func flag(is bool) int {
	if is {
		return 1
	}
	return 0
}

// inBytes reads the quantities that people write as memory limits.
func inBytes(text string) (int, bool) {
	units := map[string]int{"": 1, "k": 1e3, "M": 1e6, "G": 1e9, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30}
	number, unit := 0, ""
	if _, err := fmt.Sscanf(text, "%d%s", &number, &unit); err != nil && unit != "" {
		return 0, false
	}
	size, known := units[unit]
	return number * size, known && text != ""
}
