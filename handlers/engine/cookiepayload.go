package engine

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// Payload is what is signed in a cookie: the end, a dot, a random part, a space, the data.
type Payload struct {
	// Millis is the end in Unix milliseconds. Max-Age is only a wish: a browser may ignore it, and
	// whoever copied the cookie will.
	Millis int64
	// Nonce is new in each cookie, so that no two are equal: sessions with the same values could not be
	// told apart otherwise, and here the cookie is all that the server knows a session by. Cookies that
	// were signed before there was one have none, and no dot.
	Nonce string
	Data  []byte // the codec's bytes
}

// nonceBytes is how long the random part is: too long for two ever to be the same by chance.
const nonceBytes = 16

func newPayload(b []byte, expiry time.Time) Payload {
	nonce := make([]byte, nonceBytes)
	rand.Read(nonce) // never fails
	return Payload{expiry.UnixMilli(), base64.RawURLEncoding.EncodeToString(nonce), b}
}

func (p Payload) encode() []byte {
	content := strconv.AppendInt(nil, p.Millis, 10)
	content = append(content, "."+p.Nonce+" "...)
	return append(content, p.Data...)
}

// ParsePayload reads what is signed in a cookie, or was signed in it before cookies had a random part. It
// reports false for what is neither.
func ParsePayload(content []byte) (p Payload, ok bool) {
	head, data, ok := bytes.Cut(content, []byte(" "))
	if !ok {
		return Payload{}, false
	}
	end, nonce, _ := strings.Cut(string(head), ".")
	millis, err := strconv.ParseInt(end, 10, 64)
	if err != nil {
		return Payload{}, false
	}
	return Payload{millis, nonce, data}, true
}
