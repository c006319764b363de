// Package message brings codes to customers: by mail, or, while somebody develops, to a terminal.
//
// It says nothing of a message in errors or logs: neither to whom it goes nor what is in it.
package message

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/kirana-commerce/kirana/commerce"
)

// Senders are tried in their order: the first that reaches somebody sends. None reaches nobody.
type Senders []commerce.CodeSender

// Reaches reports whether one of them does.
func (s Senders) Reaches(to commerce.CustomerContact) bool { return s.sender(to) != nil }

// SendCode sends a code.
func (s Senders) SendCode(ctx context.Context, m commerce.CodeMessage) error {
	sender := s.sender(m.To)
	if sender == nil {
		return errors.New("no sender reaches the contact")
	}
	return sender.SendCode(ctx, m)
}

func (s Senders) sender(to commerce.CustomerContact) commerce.CodeSender {
	for _, one := range s {
		if one.Reaches(to) {
			return one
		}
	}
	return nil
}

// Console writes codes where a developer sees them. It is for kirana dev alone: whoever sees the terminal can sign in as anybody.
type Console struct{ Out io.Writer }

// Reaches is true: all who are to be reached are sitting there.
func (Console) Reaches(commerce.CustomerContact) bool { return true }

// SendCode writes the code in one go.
func (c Console) SendCode(_ context.Context, m commerce.CodeMessage) error {
	_, err := fmt.Fprintf(c.Out, "for development: the code of %s for %s is %s, for %s\n", m.StoreName, m.To.Text(), m.Code, m.ValidFor)
	return err
}
