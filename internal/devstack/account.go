package devstack

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is who Postgres runs as. Postgres refuses to run as root, which is who we are in many containers.
type account struct {
	apply func(*syscall.SysProcAttr)
	drop  *user.User // set when we give root up for another user, who must own the files; else the files stay ours
}

// chooseAccount picks the first that works: ourselves, unless we are root; ourselves in a user namespace; another user.
func chooseAccount(ctx context.Context, postgres string) (account, error) {
	if os.Geteuid() != 0 {
		return account{apply: func(*syscall.SysProcAttr) {}}, nil
	}
	namespaced := account{apply: intoNamespace}
	// a start is the only honest test: kernels and sandboxes refuse namespaces in many ways
	probe := exec.CommandContext(ctx, postgres, "-V")
	probe.SysProcAttr = namespaced.attr(syscall.SIGKILL)
	if probe.Run() == nil {
		return namespaced, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		if who, err := user.Lookup(name); err == nil {
			return dropTo(who)
		}
	}
	return account{}, errors.New("postgres refuses to run as root, this kernel refuses user namespaces, and there is no user " +
		"`postgres` or `nobody`: run as an ordinary user")
}

func dropTo(who *user.User) (account, error) {
	uid, err := strconv.ParseUint(who.Uid, 10, 32)
	if err != nil {
		return account{}, fmt.Errorf("user %s: %w", who.Username, err)
	}
	gid, err := strconv.ParseUint(who.Gid, 10, 32)
	if err != nil {
		return account{}, fmt.Errorf("user %s: %w", who.Username, err)
	}
	credential := &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return account{apply: func(attr *syscall.SysProcAttr) { attr.Credential = credential }, drop: who}, nil
}

// attr returns the process attributes of a child that gets the signal should we die.
func (a account) attr(death syscall.Signal) *syscall.SysProcAttr {
	attr := childAttr(death)
	a.apply(attr)
	return attr
}

// own gives the tree at dir to the user we drop to; without one it does nothing.
func (a account) own(dir string) error {
	if a.drop == nil {
		return nil
	}
	uid, _ := strconv.Atoi(a.drop.Uid) // dropTo has checked both
	gid, _ := strconv.Atoi(a.drop.Gid)
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, uid, gid)
	})
	if err != nil {
		return fmt.Errorf("give %s to user %s: %w", dir, a.drop.Username, err)
	}
	return nil
}

// reach checks that the user we drop to may enter every folder above path.
func (a account) reach(path string) error {
	if a.drop == nil {
		return nil
	}
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil {
			return fmt.Errorf("look at a folder above %s: %w", path, err)
		}
		if info.Mode().Perm()&0o001 == 0 {
			return fmt.Errorf("postgres runs as user %s here (it refuses root), who may not enter %s: "+
				"allow it (chmod o+x %s), choose another folder, or run as an ordinary user", a.drop.Username, dir, dir)
		}
		if dir == filepath.Dir(dir) {
			return nil
		}
	}
}
