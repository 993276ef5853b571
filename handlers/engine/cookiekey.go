package engine

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
)

// CheckKey returns an error if the environment has a key for signed cookies that is none, whichever engine
// is used.
func CheckKey() error {
	_, err := readKey(os.Getenv(cookieKey))
	return err
}

// readKey decodes a key from hexadecimal or base64. Without a text there is no key.
func readKey(text string) ([]byte, error) {
	if text == "" {
		return nil, nil
	}
	decoders := []func(string) ([]byte, error){
		hex.DecodeString, // first: hexadecimal digits are base64 too, but a shorter key
		base64.StdEncoding.DecodeString,
		base64.RawStdEncoding.DecodeString,
		base64.URLEncoding.DecodeString,
		base64.RawURLEncoding.DecodeString,
	}
	for _, decode := range decoders {
		key, err := decode(text)
		if err != nil {
			continue
		}
		if len(key) < minKey {
			return nil, fmt.Errorf(
				"%s has %d bytes and needs at least %d: make one with openssl rand -hex %d",
				cookieKey, len(key), minKey, minKey)
		}
		return key, nil
	}
	return nil, fmt.Errorf("%s is neither hexadecimal nor base64: make one with openssl rand -hex %d",
		cookieKey, minKey)
}
