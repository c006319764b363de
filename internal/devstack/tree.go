package devstack

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// copyTree copies the folder src to dst, which must not exist, with its permissions; skip leaves out paths (relative
// to src). The copy appears under its name when it is complete, never in part.
func copyTree(src, dst string, skip func(rel string) bool) error {
	part := dst + ".part"
	if err := os.RemoveAll(part); err != nil {
		return fmt.Errorf("remove a half copy: %w", err)
	}
	err := filepath.WalkDir(src, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(src, path)
		if err != nil {
			return err
		}
		if skip(rel) {
			return nil
		}
		return copyEntry(path, filepath.Join(part, rel), entry)
	})
	if err != nil {
		return fmt.Errorf("copy %s: %w", src, err)
	}
	if err := os.Rename(part, dst); err != nil {
		return fmt.Errorf("finish the copy: %w", err)
	}
	return nil
}

func copyEntry(src, dst string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err != nil {
		return err
	}
	switch {
	case entry.IsDir():
		return os.Mkdir(dst, info.Mode().Perm())
	case entry.Type().IsRegular():
		return copyFile(src, dst, info.Mode().Perm())
	case entry.Type()&fs.ModeSymlink != 0:
		target, err := os.Readlink(src)
		if err != nil {
			return err
		}
		return os.Symlink(target, dst)
	default:
		return nil // sockets and the like mean nothing in a copy
	}
}

func copyFile(src, dst string, mode fs.FileMode) error {
	in, err := os.Open(src)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(dst, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		_ = out.Close()
		return err
	}
	return out.Close()
}
