package commerce_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

func TestStoreInputValidate(t *testing.T) {
	t.Parallel()
	for _, handle := range []string{"a", "7", "corner", "corner-shop-24", strings.Repeat("a", 63)} {
		for _, status := range []commerce.StoreStatus{commerce.StoreDraft, commerce.StorePublished} {
			in := commerce.StoreInput{Handle: handle, Name: "कोने की दुकान", Currency: "INR", Status: status}
			require.NoError(t, in.Validate(), handle)
		}
	}
}

func TestStoreInputValidateRefuses(t *testing.T) {
	t.Parallel()
	for _, handle := range []string{"", "Corner", "corner shop", "-a", "a-", "a--b", "a_b", "a.b", "कोना", "a\n", "a\x00", strings.Repeat("a", 64)} {
		requireRefused(t, "handle", commerce.StoreInput{Handle: handle, Name: "Corner", Currency: "INR", Status: commerce.StoreDraft})
	}
	for _, name := range []string{"", "a\x00b", "Caf\xe9", strings.Repeat("a", 256)} {
		requireRefused(t, "name", commerce.StoreInput{Handle: "corner", Name: name, Currency: "INR", Status: commerce.StoreDraft})
	}
	for _, currency := range []commerce.Currency{"", "inr", "XXX", "RUPEE"} {
		requireRefused(t, "currency", commerce.StoreInput{Handle: "corner", Name: "Corner", Currency: currency, Status: commerce.StoreDraft})
	}
	for _, status := range []commerce.StoreStatus{"", "draft", "ACTIVE"} {
		requireRefused(t, "status", commerce.StoreInput{Handle: "corner", Name: "Corner", Currency: "INR", Status: status})
	}
	fine := commerce.StoreInput{Handle: "corner", Name: "Corner", Currency: "INR", Status: commerce.StoreDraft, Description: "चाय", AccentColor: "#0a6b5d"}
	require.NoError(t, fine.Validate())
	for _, description := range []string{"a\x00b", "Caf\xe9", strings.Repeat("a", 5001)} {
		in := fine
		in.Description = description
		requireRefused(t, "description", in)
	}
	for _, colour := range []string{"red", "#0A6B5D", "#0a6b5", "#0a6b5d;"} {
		in := fine
		in.AccentColor = colour
		requireRefused(t, "accentColor", in)
	}
}

func requireRefused(t *testing.T, argument string, in commerce.StoreInput) {
	t.Helper()
	var refusal *commerce.Error
	require.ErrorAs(t, in.Validate(), &refusal, "%+v", in)
	require.Equal(t, commerce.CodeBadUserInput, refusal.Code)
	require.Equal(t, argument, refusal.Argument, "%+v", in)
}

func TestStorePublished(t *testing.T) {
	t.Parallel()
	require.True(t, (&commerce.Store{Status: commerce.StorePublished}).Published())
	require.False(t, (&commerce.Store{Status: commerce.StoreDraft}).Published())
	require.False(t, (&commerce.Store{}).Published())
}
