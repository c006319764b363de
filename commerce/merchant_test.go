package commerce_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

func TestNormalEmail(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"asha@shop.test": "asha@shop.test", " Asha@Shop.TEST\n": "asha@shop.test", "a.b+c@x.co.in": "a.b+c@x.co.in",
		"आशा@दुकान.भारत": "आशा@दुकान.भारत", "ÄSHA@shop.test": "äsha@shop.test", "o'brien@shop.test": "o'brien@shop.test",
		strings.Repeat("a", 64) + "@shop.test": strings.Repeat("a", 64) + "@shop.test",
	} {
		got, ok := commerce.NormalEmail(text)
		require.True(t, ok, text)
		require.Equal(t, want, got)
		again, ok := commerce.NormalEmail(got)
		require.True(t, ok)
		require.Equal(t, got, again)
	}
	for _, bad := range []string{
		"", " ", "asha", "@", "asha@", "@shop.test", "asha@shop", "asha@.test", "asha@shop.", "a@b@shop.test", "a b@shop.test", "asha@sh op.test",
		"Asha <asha@shop.test>", `"asha"@shop.test`, "asha@[1.2.3.4]", "a..b@shop.test", "asha@shop..test", "a\x00@shop.test", "a\u200b@shop.test",
		"a\xff@shop.test", "a\u202e@shop.test", "a,b@shop.test", "a\t@shop.test", strings.Repeat("a", 65) + "@shop.test", "a@" + strings.Repeat("b", 250) + ".test",
	} {
		_, ok := commerce.NormalEmail(bad)
		require.False(t, ok, bad)
	}
}

func FuzzNormalEmail(f *testing.F) {
	f.Add(" Asha@Shop.test")
	f.Add("İ@shop.test")
	f.Fuzz(func(t *testing.T, text string) {
		email, ok := commerce.NormalEmail(text)
		if !ok {
			return
		}
		again, ok := commerce.NormalEmail(email)
		require.True(t, ok)
		require.Equal(t, email, again, "an account has one spelling")
		require.LessOrEqual(t, len(email), 254)
	})
}

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	for password, want := range map[string]commerce.RefusalCode{
		"three blue parrots": "", "पासवर्ड": "", "          x": "", strings.Repeat("long ", 25) + "er": "", "abcdeabcde": "",
		"": commerce.RefusalTooShort, "ninebytes": commerce.RefusalTooShort,
		strings.Repeat("long ", 25) + "word": commerce.RefusalTooLong,
		"three\x00parrots":                   commerce.RefusalInvalid, "three\xffparrots": commerce.RefusalInvalid,
		"password123": commerce.RefusalTooCommon, "PassWord@123": commerce.RefusalTooCommon, "1234567890": commerce.RefusalTooCommon,
		"zzzzzzzzzzzz": commerce.RefusalTooCommon, "1212121212": commerce.RefusalTooCommon, "abcdabcdab": commerce.RefusalTooCommon,
		"asha.from.delhi": commerce.RefusalTooCommon, "asha.from.delhi@shop.test": commerce.RefusalTooCommon, "ASHA OF DELHI": commerce.RefusalTooCommon,
	} {
		var r commerce.Refusals
		commerce.CheckPassword(&r, []any{"input", "password"}, password, "asha.from.delhi@shop.test", "Asha of Delhi")
		if want == "" {
			require.Empty(t, r, password)
			continue
		}
		require.Len(t, r, 1, password)
		require.Equal(t, want, r[0].Code, password)
		require.Equal(t, []string{"input", "password"}, r[0].Field)
		if len(password) > 0 {
			require.NotContains(t, r[0].Message, password, "a password in an answer")
		}
	}
}
