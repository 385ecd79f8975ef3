package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

const year = 365 * 24 * time.Hour

// makeKeys writes ca.crt, and certificate and key of this and of last year (current.*, previous.*).
func makeKeys(folder, host string) error {
	now := time.Now()
	authority := named("Desk Trust Services", now.Add(-2*year), now.Add(2*year))
	authority.IsCA, authority.BasicConstraintsValid = true, true
	authority.KeyUsage = x509.KeyUsageCertSign
	signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	if err := write(folder, "ca", authority, authority, signer, signer); err != nil {
		return err
	}
	for name, end := range map[string]time.Time{"current": now.Add(year), "previous": now.Add(-time.Hour)} {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return err
		}
		one := named(host, end.Add(-year), end)
		one.DNSNames = []string{host}
		if err := write(folder, name, one, authority, key, signer); err != nil {
			return err
		}
	}
	return nil
}

func named(name string, begins, ends time.Time) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 100))
	return &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name}, NotBefore: begins, NotAfter: ends,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
}

func write(folder, name string, one, authority *x509.Certificate, key, signer *ecdsa.PrivateKey) error {
	signed, err := x509.CreateCertificate(rand.Reader, one, authority, &key.PublicKey, signer)
	if err != nil {
		return err
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	for end, block := range map[string]*pem.Block{
		".crt": {Type: "CERTIFICATE", Bytes: signed},
		".key": {Type: "EC PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(filepath.Join(folder, name+end), pem.EncodeToMemory(block), 0o600); err != nil {
			return err
		}
	}
	return nil
}
