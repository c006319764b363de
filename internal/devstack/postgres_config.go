package devstack

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// writeConfig writes the server's whole configuration, at each start, so that it never depends on an earlier version
// of this package. What a person sets with ALTER SYSTEM stays and wins, as Postgres reads that file last.
func (s *server) writeConfig(extra map[string]string) error {
	settings := defaultSettings()
	for name, value := range extra {
		settings[strings.ToLower(name)] = value // as Postgres compares them
	}
	maps.Copy(settings, s.fixedSettings())
	text := "# Written at each start: changes here are lost.\n" + renderSettings(settings)
	files := map[string]string{
		"postgresql.conf": text,
		// TCP from this machine alone, and every local user is trusted
		"pg_hba.conf": "host all all 127.0.0.1/32 trust\nhost replication all 127.0.0.1/32 trust\n",
	}
	if s.primaryPort != 0 {
		files["standby.signal"] = "" // its presence makes a server a standby
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(s.dir, name), []byte(content), 0o600); err != nil {
			return fmt.Errorf("configure the %s: %w", s.name, err)
		}
	}
	return nil
}

// defaultSettings can be overridden by PostgresOptions.Settings.
func defaultSettings() map[string]string {
	return map[string]string{
		"wal_level":                   "logical",
		"max_wal_senders":             "20",
		"max_replication_slots":       "20",
		"wal_keep_size":               "512MB", // lets the standby catch up without a slot
		"max_slot_wal_keep_size":      "4GB",   // a forgotten slot must not fill the disk
		"hot_standby_feedback":        "on",
		"wal_retrieve_retry_interval": "500ms", // the standby is back soon after its primary
		"max_connections":             "200",
		"shared_buffers":              "256MB",
		"timezone":                    "UTC",
		"log_timezone":                "UTC",
		"log_line_prefix":             "%m [%p] ",
		"lc_messages":                 "C", // its messages are read by followFault
		"default_text_search_config":  "pg_catalog.english",
	}
}

// fixedSettings are what the rest of this package relies on.
func (s *server) fixedSettings() map[string]string {
	fixed := map[string]string{
		"port":             strconv.Itoa(s.port),
		"listen_addresses": "127.0.0.1",
		// none: the path of a socket has a limit of about 100 bytes, which folders of tests exceed
		"unix_socket_directories": "",
		"hot_standby":             "on",
		"logging_collector":       "off",
		"primary_conninfo":        "",
	}
	if s.primaryPort != 0 {
		fixed["primary_conninfo"] = fmt.Sprintf("host=127.0.0.1 port=%d user=%s sslmode=disable application_name=standby",
			s.primaryPort, owner)
	}
	return fixed
}

var settingName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.]*$`)

// checkSettings refuses what would break the configuration file or this package.
func checkSettings(extra map[string]string) error {
	fixed := (&server{}).fixedSettings()
	for name := range extra {
		if !settingName.MatchString(name) {
			return fmt.Errorf("devstack: %q is no name of a Postgres setting", name)
		}
		if _, ok := fixed[strings.ToLower(name)]; ok {
			return fmt.Errorf("devstack: the Postgres setting %s is devstack's own", name)
		}
	}
	return nil
}

// renderSettings writes settings in the order of their names, quoted as postgresql.conf wants it.
func renderSettings(settings map[string]string) string {
	quote := strings.NewReplacer(`\`, `\\`, `'`, `''`, "\n", `\n`)
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(&text, "%s = '%s'\n", name, quote.Replace(settings[name]))
	}
	return text.String()
}
