package devstack

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// nodeSource is the Maven project of the node that runs Elasticsearch's server library.
//
//go:embed elasticsearch/pom.xml elasticsearch/src
var nodeSource embed.FS

// classPathFile appears in the build folder when everything else is there.
const classPathFile = "classpath"

// buildNode returns the class path of the compiled node. The first call on a machine, and the first after a change of
// the sources or after the jars were removed, unpacks, compiles and resolves it in the cache, in one process at a time.
func buildNode(ctx context.Context, cacheDir string, progress reporter) (string, error) {
	sum, err := sourceSum()
	if err != nil {
		return "", err
	}
	home := filepath.Join(cacheDir, "elasticsearch-"+sum)
	lock, err := awaitLock(ctx, home+".lock", func() { progress.say("elasticsearch: another process is preparing it") })
	if err != nil {
		return "", err
	}
	defer lock.release()
	if classPath, ok := builtNode(home); ok {
		return classPath, nil
	}
	progress.say("elasticsearch: preparing it, about 75 MB the first time")
	if err := compileNode(ctx, home, progress); err != nil {
		return "", err
	}
	classPath, ok := builtNode(home)
	if !ok {
		return "", fmt.Errorf("the class path in %s names files that are not there: remove that folder and try again", home)
	}
	return classPath, nil
}

// sourceSum identifies the sources, so that a new version of the node never runs with old classes.
func sourceSum() (string, error) {
	hash := sha256.New()
	err := fs.WalkDir(nodeSource, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := nodeSource.ReadFile(path)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(hash, "%s %d\n%s", path, len(text), text)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("read the node's sources: %w", err)
	}
	return hex.EncodeToString(hash.Sum(nil)[:6]), nil
}

// builtNode returns the class path if it was written and all it names is still there: the jars live in Maven's own
// store, which people empty.
func builtNode(home string) (string, bool) {
	text, err := os.ReadFile(filepath.Join(home, classPathFile))
	if err != nil {
		return "", false
	}
	classPath := filepath.Join(home, "elasticsearch", "target", "classes") + string(filepath.ListSeparator) + strings.TrimSpace(string(text))
	for path := range strings.SplitSeq(classPath, string(filepath.ListSeparator)) {
		if !exists(path) {
			return "", false
		}
	}
	return classPath, true
}

func compileNode(ctx context.Context, home string, progress reporter) error {
	if err := os.RemoveAll(home); err != nil {
		return fmt.Errorf("remove a half-built node: %w", err)
	}
	if err := os.CopyFS(home, nodeSource); err != nil {
		return fmt.Errorf("unpack the node's sources: %w", err)
	}
	resolved := filepath.Join(home, "resolved")
	err := maven(ctx, progress, "elasticsearch", filepath.Join(home, "elasticsearch"),
		"compile", mavenDependency+"build-classpath", "-Dmdep.outputFile="+resolved)
	if err != nil {
		return err
	}
	if err := os.Rename(resolved, filepath.Join(home, classPathFile)); err != nil {
		return fmt.Errorf("finish the node: %w", err)
	}
	return nil
}

// findJava looks for the java command under home (what JAVA_HOME says), then on the PATH.
func findJava(home string) (string, error) {
	if home != "" {
		if path, err := exec.LookPath(filepath.Join(home, "bin", "java")); err == nil {
			return path, nil
		}
	}
	path, err := exec.LookPath("java")
	if err != nil {
		return "", errors.New("no `java` under JAVA_HOME or on the PATH: install a JDK, version 17 or newer (package `openjdk-17-jdk-headless`)")
	}
	return path, nil
}
