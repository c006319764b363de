package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
)

// answer is a body that was seen to be right, and what it says however it is written.
type answer struct {
	body []byte
	data [sha256.Size]byte
}

// newAnswer reads a body, which must hold data and no errors.
func newAnswer(status int, body []byte) (answer, error) {
	var said struct {
		Data   any `json:"data"`
		Errors any `json:"errors"`
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber() // 1.0 and 1 are two answers
	if err := d.Decode(&said); err != nil || status != http.StatusOK || said.Data == nil || said.Errors != nil {
		return answer{}, fmt.Errorf("answer %d: %.300s", status, body)
	}
	normal, err := json.Marshal(said.Data) // without white space, the members of objects sorted
	return answer{body: bytes.Clone(body), data: sha256.Sum256(normal)}, err
}

// same reports whether a body says the same: byte for byte, or when its data is read.
func (a answer) same(body []byte) bool {
	if bytes.Equal(a.body, body) {
		return true
	}
	other, err := newAnswer(http.StatusOK, body)
	return err == nil && other.data == a.data
}

// hash names the data in a table.
func (a answer) hash() string { return hex.EncodeToString(a.data[:6]) }
