package commerce

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// PublicURL reports whether a picture can be shown to anybody from this address: on the web, or as an absolute path on the
// server itself. An address that says where it leads inside somebody's network is refused, and so is one with a password. Names
// are not looked up: the server never fetches what they lead to.
func PublicURL(text string) bool {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return false
	case u.Scheme == "" && u.Host == "":
		// Browsers read a backslash as a slash, and two slashes as another server.
		return strings.HasPrefix(text, "/") && !strings.HasPrefix(text, "//") && !strings.HasPrefix(text, `/\`)
	}
	return (u.Scheme == "https" || u.Scheme == "http") && u.User == nil && publicHost(strings.ToLower(u.Hostname()))
}

// publicHost reports whether a host could be anybody's: a name with a domain, or an address of the whole net.
func publicHost(host string) bool {
	host = strings.TrimSuffix(host, ".")
	dot := strings.LastIndexByte(host, '.')
	last := host[dot+1:]
	if strings.Contains(host, ":") || startsWithDigit(last) { // no other host is an address
		if ip, err := netip.ParseAddr(host); err == nil {
			return publicIP(ip.Unmap())
		}
		if _, err := strconv.ParseUint(last, 0, 64); err == nil {
			return false // browsers take 127.1, 2130706433 and 0x7f.1 for addresses
		}
	}
	switch last {
	case "localhost", "local", "internal", "lan", "home", "corp", "intranet", "private":
		return false
	}
	return dot >= 0 && last != "" && !strings.HasSuffix("."+host, ".home.arpa")
}

func startsWithDigit(text string) bool { return text != "" && text[0] >= '0' && text[0] <= '9' }

// publicIP reports whether an address is one of the whole net's. Ranges that embed another address stand for it.
func publicIP(ip netip.Addr) bool {
	for _, special := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16",
	} {
		if netip.MustParsePrefix(special).Contains(ip) {
			return false
		}
	}
	return ip.Zone() == "" && ip.IsGlobalUnicast() && !ip.IsPrivate()
}
