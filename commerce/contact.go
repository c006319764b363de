package commerce

import "strings"

// NormalPhone is a phone number as carts and orders keep it: digits, behind a + when the country stands before them, at most the
// 15 digits of E.164. White space and the usual punctuation are left out; false for a text that is no number.
func NormalPhone(text string) (string, bool) {
	const fewest, most = 5, 15
	var b strings.Builder
	for i, c := range strings.TrimSpace(text) {
		switch {
		case c >= '0' && c <= '9', c == '+' && i == 0:
			b.WriteRune(c)
		case strings.ContainsRune(" -.()/\u00a0", c):
		default:
			return "", false
		}
	}
	digits := len(strings.TrimPrefix(b.String(), "+"))
	return b.String(), digits >= fewest && digits <= most
}

// email is an e-mail address as carts and orders keep it.
func (r *Refusals) email(path []any, text string) string {
	if text == "" {
		return ""
	}
	email, ok := NormalEmail(text)
	if !ok {
		r.Add(RefusalInvalid, path, "%.100q is no e-mail address.", text)
	}
	return email
}

// phone is a phone number as carts and orders keep it.
func (r *Refusals) phone(path []any, text string) string {
	if text == "" {
		return ""
	}
	phone, ok := NormalPhone(text)
	if !ok {
		r.Add(RefusalInvalid, path, "%.40q is no phone number: write digits, with the country's code first, such as +91 98765 43210.", text)
	}
	return phone
}
