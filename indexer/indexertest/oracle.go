package indexertest

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/search"
)

// Oracle compares an index, document by document, with what the database says. Nobody may write meanwhile.
type Oracle struct {
	DB        *sql.DB
	Documents commerce.DocumentReader
	Engine    string // the search engine's address
	Alias     string // that searches read
}

// comparePage is how many products are compared at a time.
const comparePage = 500

// Compare returns how many documents there should be, and a line for each difference.
func (o Oracle) Compare(ctx context.Context) (documents int, differences []string, err error) {
	stored, err := o.stored(ctx)
	if err != nil {
		return 0, nil, err
	}
	refs, err := o.products(ctx)
	if err != nil {
		return 0, nil, err
	}
	for page := range slices.Chunk(refs, comparePage) {
		docs, err := o.Documents.ProductDocuments(ctx, nil, page)
		if err != nil {
			return 0, nil, fmt.Errorf("build documents to compare with: %w", err)
		}
		for ref, doc := range docs {
			id := search.DocumentID(ref)
			if text := difference(doc, stored[id]); text != "" {
				differences = append(differences, id+" "+text)
			}
			delete(stored, id)
		}
		documents += len(docs)
	}
	delete(stored, search.DocumentID(commerce.Canary())) // which is changed all the time
	for id := range stored {
		differences = append(differences, id+" should not be there")
	}
	slices.Sort(differences)
	return documents, differences, nil
}

// difference says how a stored document differs from what it should be, empty for not at all.
func difference(doc *commerce.ProductDocument, stored json.RawMessage) string {
	if stored == nil {
		return "is missing"
	}
	var has struct{ Version int64 }
	if err := json.Unmarshal(stored, &has); err != nil {
		return "cannot be read"
	}
	if want := search.AppendDocument(nil, doc, has.Version); !bytes.Equal(want, stored) {
		return fmt.Sprintf("is %s and should be %s", stored, want)
	}
	return ""
}

// products are all products there are.
func (o Oracle) products(ctx context.Context) (refs []commerce.ProductRef, err error) {
	rows, err := o.DB.QueryContext(ctx, `SELECT store_id, id FROM products`)
	if err != nil {
		return nil, fmt.Errorf("list all products: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		var r commerce.ProductRef
		if err := rows.Scan(&r.Store, &r.ID); err != nil {
			return nil, fmt.Errorf("list all products: %w", err)
		}
		refs = append(refs, r)
	}
	return refs, rows.Err()
}

// hits is a page of what searches can find.
type hits struct {
	Scroll string `json:"_scroll_id"`
	Hits   struct {
		Hits []struct {
			ID     string          `json:"_id"`
			Source json.RawMessage `json:"_source"`
		}
	}
}

// stored is every document that searches can find, by id.
func (o Oracle) stored(ctx context.Context) (map[string]json.RawMessage, error) {
	found := make(map[string]json.RawMessage)
	text, err := Call(ctx, http.MethodPost, o.Engine+"/"+o.Alias+"/_search?scroll=1m", `{"size":1000,"sort":["_doc"]}`)
	for {
		var page hits
		if err = errors.Join(err, json.Unmarshal(text, &page)); err != nil {
			return nil, fmt.Errorf("read the index: %w", err)
		}
		for _, hit := range page.Hits.Hits {
			found[hit.ID] = hit.Source
		}
		if len(page.Hits.Hits) == 0 {
			_, err = Call(ctx, http.MethodDelete, o.Engine+"/_search/scroll", fmt.Sprintf(`{"scroll_id":%q}`, page.Scroll))
			return found, err
		}
		text, err = Call(ctx, http.MethodPost, o.Engine+"/_search/scroll", fmt.Sprintf(`{"scroll":"1m","scroll_id":%q}`, page.Scroll))
	}
}

// Call asks the search engine. An answer that is no success is an error.
func Call(ctx context.Context, method, url, body string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader([]byte(body)))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // leaves nothing behind
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode >= http.StatusMultipleChoices {
		err = fmt.Errorf("%s %s: %s: %.500s", method, url, res.Status, text)
	}
	return text, err
}
