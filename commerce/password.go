package commerce

import (
	_ "embed" // the list of passwords
	"slices"
	"strings"
)

// The length of a password in bytes. NIST SP 800-63B asks for 8 characters at least and 64 at most to be possible; ten bytes
// put most of the lists that guessers begin with out of reach, and the bound keeps a password from being a load.
const (
	MinPassword = 10
	MaxPassword = 128
)

// commonPasswords are words of ten letters and more that lead the lists of leaked passwords.
//
//go:embed password.txt
var commonPasswords string

// CheckPassword reports what keeps a text from being the password of an account with this e-mail address and name. There is
// no rule about kinds of characters: such rules make people choose Password1!.
func CheckPassword(r *Refusals, path []any, password, email, name string) {
	switch {
	case !storable(password):
		r.Add(RefusalInvalid, path, "The password is not UTF-8 text without zero bytes.")
	case len(password) < MinPassword:
		r.Add(RefusalTooShort, path, "The password has %d bytes; at least %d are needed. A few words in a row are good.", len(password), MinPassword)
	case len(password) > MaxPassword:
		r.Add(RefusalTooLong, path, "The password has %d bytes; %d are the most.", len(password), MaxPassword)
	case guessable(strings.ToLower(password), email, strings.ToLower(name)):
		r.Add(RefusalTooCommon, path, "This password is among the first that anybody would guess. Choose another.")
	}
}

// guessable reports whether a password, in small letters, is one of the first guesses.
func guessable(password, email, name string) bool {
	local, _, _ := strings.Cut(email, "@")
	if password == email || password == name || password == local {
		return true
	}
	if period(password) <= 4 {
		return true
	}
	return slices.Contains(strings.Fields(commonPasswords), password)
}

// period is the length of the shortest text that makes up the whole when repeated: 1 for aaaaaaaaaa, 2 for ababababab.
func period(text string) int {
	for n := 1; n < len(text); n++ {
		if text[n:] == text[:len(text)-n] {
			return n
		}
	}
	return len(text)
}
