package devstack

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

const (
	// oldestPostgres is the first version with everything the project's SQL and replication use.
	oldestPostgres = 15
	// zonkyVersion is the build of Postgres that is fetched where none is installed.
	zonkyVersion = "15.15.0"
)

// binaries is one installation of Postgres, of which only initdb and postgres are used.
type binaries struct {
	dir          string
	major, minor int
}

func (b binaries) initdb() string   { return filepath.Join(b.dir, "initdb") }
func (b binaries) postgres() string { return filepath.Join(b.dir, "postgres") }
func (b binaries) String() string   { return fmt.Sprintf("%d.%d", b.major, b.minor) }

// findBinaries returns the newest Postgres of this machine, or the fetched one where there is none. A data directory
// can only be opened by the major version that made it, so want, if not 0, must be met.
func findBinaries(ctx context.Context, want int, cacheDir string, progress reporter) (binaries, error) {
	if found, ok := newest(installed(ctx), want); ok {
		return found, nil
	}
	if ctx.Err() != nil { // nothing was found because nothing could be asked
		return binaries{}, fmt.Errorf("look for Postgres: %w", context.Cause(ctx))
	}
	if want != 0 && want != oldestPostgres {
		return binaries{}, fmt.Errorf("the data was made by Postgres %d, which is not installed: install it, or remove the folder to begin anew", want)
	}
	return fetchBinaries(ctx, cacheDir, progress)
}

// newest picks the highest version, of the major version want if that is not 0.
func newest(all []binaries, want int) (binaries, bool) {
	var best binaries
	for _, b := range all {
		fits := b.major >= oldestPostgres && (want == 0 || b.major == want)
		if fits && (b.major > best.major || b.major == best.major && b.minor > best.minor) {
			best = b
		}
	}
	return best, best.major != 0
}

// installed looks where distributions put Postgres, which is rarely the PATH.
func installed(ctx context.Context) []binaries {
	var dirs []string
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin",
		"/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/postgresql*/bin",
		"/Applications/Postgres.app/Contents/Versions/*/bin",
	} {
		match, _ := filepath.Glob(pattern) // the patterns are well-formed: Glob has no other error
		dirs = append(dirs, match...)
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		// a link on the PATH stands alone; initdb and the libraries are beside the file it points to
		if real, err := filepath.EvalSymlinks(path); err == nil {
			dirs = append(dirs, filepath.Dir(real))
		}
	}
	slices.Sort(dirs)
	var found []binaries
	for _, dir := range slices.Compact(dirs) {
		if b, err := inspect(ctx, dir); err == nil {
			found = append(found, b)
		}
	}
	return found
}

// inspect reads the version of the installation in dir.
func inspect(ctx context.Context, dir string) (binaries, error) {
	b := binaries{dir: dir}
	if !exists(b.initdb()) {
		return binaries{}, fmt.Errorf("no initdb in %s", dir)
	}
	text, err := exec.CommandContext(ctx, b.postgres(), "-V").Output()
	if err != nil {
		return binaries{}, fmt.Errorf("ask %s for its version: %w", b.postgres(), err)
	}
	b.major, b.minor, err = parseVersion(string(text))
	return b, err
}

// version matches "postgres (PostgreSQL) 15.15 (Debian 15.15-0+deb12u1)" and "postgres (PostgreSQL) 19beta1".
var version = regexp.MustCompile(`\(PostgreSQL\) (\d{1,4})(?:\.(\d{1,4}))?`)

func parseVersion(text string) (major, minor int, err error) {
	match := version.FindStringSubmatch(text)
	if match == nil {
		return 0, 0, fmt.Errorf("no Postgres version in %q", text)
	}
	major, _ = strconv.Atoi(match[1]) // digits only, at most four
	minor, _ = strconv.Atoi(match[2]) // none: a beta is older than any release
	return major, minor, nil
}

// fetchBinaries downloads Postgres once into the cache and returns it.
func fetchBinaries(ctx context.Context, cacheDir string, progress reporter) (binaries, error) {
	home := filepath.Join(cacheDir, "postgres-"+zonkyVersion)
	lock, err := awaitLock(ctx, home+".lock", func() { progress.say("postgres: another process is downloading it") })
	if err != nil {
		return binaries{}, err
	}
	defer lock.release()
	if !exists(home) {
		progress.say("postgres: none of version %d or newer is installed, downloading %s (14 MB)", oldestPostgres, zonkyVersion)
		if err := fetchZonky(ctx, home, progress); err != nil {
			return binaries{}, fmt.Errorf("%w\n(or install Postgres %d or newer, package `postgresql`)", err, oldestPostgres)
		}
	}
	return inspect(ctx, filepath.Join(home, "bin"))
}

// fetchZonky unpacks the published jar, which holds nothing but a .txz, so that home is there whole or not at all.
func fetchZonky(ctx context.Context, home string, progress reporter) error {
	work, err := os.MkdirTemp(filepath.Dir(home), "postgres-*.part")
	if err != nil {
		return fmt.Errorf("create a folder for the download: %w", err)
	}
	defer func() { _ = os.RemoveAll(work) }()
	arch := runtime.GOARCH
	if arch == "arm64" {
		arch = "arm64v8" // as the publisher writes it
	}
	name := "embedded-postgres-binaries-" + runtime.GOOS + "-" + arch
	err = maven(ctx, progress, "postgres", work, mavenDependency+"copy", "-DoutputDirectory=jar",
		"-Dartifact=io.zonky.test.postgres:"+name+":"+zonkyVersion)
	if err != nil {
		return err
	}
	archive := filepath.Join(work, "postgres.txz")
	if err := extract(filepath.Join(work, "jar", name+"-"+zonkyVersion+".jar"), ".txz", archive); err != nil {
		return err
	}
	tree := filepath.Join(work, "tree")
	if err := os.Mkdir(tree, 0o755); err != nil {
		return fmt.Errorf("create a folder to unpack into: %w", err)
	}
	if err := untar(ctx, archive, tree); err != nil {
		return err
	}
	if err := os.Rename(tree, home); err != nil {
		return fmt.Errorf("finish the download: %w", err)
	}
	return nil
}

// untar needs the system's tar, because Go's library has no xz.
func untar(ctx context.Context, archive, dir string) error {
	text, err := exec.CommandContext(ctx, "tar", "-xJf", archive, "-C", dir).CombinedOutput()
	if err != nil {
		return fmt.Errorf("unpack %s (needs the packages `tar` and `xz-utils`): %w\n%s", archive, err, text)
	}
	return nil
}

// extract writes the one file of the zip archive whose name ends in suffix to dst.
func extract(archive, suffix, dst string) error {
	jar, err := zip.OpenReader(archive)
	if err != nil {
		return fmt.Errorf("open the download: %w", err)
	}
	defer func() { _ = jar.Close() }()
	for _, entry := range jar.File {
		if strings.HasSuffix(entry.Name, suffix) {
			return extractEntry(entry, dst)
		}
	}
	return fmt.Errorf("no %s file in %s", suffix, archive)
}

func extractEntry(entry *zip.File, dst string) error {
	in, err := entry.Open()
	if err != nil {
		return fmt.Errorf("read %s: %w", entry.Name, err)
	}
	defer func() { _ = in.Close() }()
	out, err := os.Create(dst)
	if err != nil {
		return fmt.Errorf("write %s: %w", entry.Name, err)
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("write %s: %w", entry.Name, err)
	}
	return nil
}
