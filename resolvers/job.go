package resolvers

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/graph/model"
	"github.com/kirana-commerce/kirana/internal/auth"
)

func importRequest(store *commerce.Store, in model.ProductsImportInput) commerce.ImportRequest {
	request := commerce.ImportRequest{CSV: in.CSV, JobOptions: commerce.JobOptions{
		Format: value(in.Format, commerce.ImportAuto), Layout: value(in.Layout, ""), DryRun: value(in.DryRun, false),
	}}
	if in.UploadID != nil {
		request.Upload = new(commerce.UploadID(commerce.OwnID(store.ID, commerce.KindUpload, *in.UploadID)))
	}
	return request
}

// link is an address at which a browser may fetch a path for a while, nil for no path.
func (r *Resolver) link(ctx context.Context, secret commerce.LinkSecret, path string) *string {
	if path == "" {
		return nil
	}
	return new(auth.From(ctx).BaseURL + secret.Sign(path, r.Now().Add(commerce.LinkLife)))
}

func stagedUpload(ctx context.Context, u *commerce.Upload, refused []*commerce.Refusal) *model.StagedUploadCreatePayload {
	payload := &model.StagedUploadCreatePayload{UserErrors: refused}
	if u != nil {
		payload.UploadID, payload.ExpiresAt = new(u.NodeID().String()), &u.ExpiresAt
		payload.URL = new(auth.From(ctx).BaseURL + u.Secret.Sign(u.Path(), u.ExpiresAt))
	}
	return payload
}

// storeJobs finds one job in each store.
func storeJobs(ctx context.Context, stores []*commerce.Store, text string) ([]*commerce.Job, error) {
	id, err := parseID(text, commerce.KindJob)
	if err != nil {
		return nil, err
	}
	found, err := dataloader.From(ctx).JobByID.LoadOne(ctx, commerce.JobRef{Store: id.Store, ID: commerce.JobID(id.ID)})
	return whereOwned(stores, id, found), err
}

// storeJobLists reads one page of each store's jobs, the newest first.
func storeJobLists(ctx context.Context, stores []*commerce.Store, args commerce.PageArgs) ([]*model.JobConnection, error) {
	return newest(ctx, &dataloader.From(ctx).JobList, stores, args, commerce.JobSort)
}

// jobRejections reads one page of the rejections of each job.
func jobRejections(ctx context.Context, jobs []*commerce.Job, args commerce.PageArgs) ([]*model.JobRejectionConnection, error) {
	page, err := commerce.NewPage(args, commerce.Ordering{Key: commerce.JobRejectionSort})
	if err != nil {
		return nil, err
	}
	return counted(ctx, &dataloader.From(ctx).JobRejectionList, mapped(jobs, func(j *commerce.Job) commerce.JobRejectionKey {
		return commerce.JobRejectionKey{Job: j.Ref(), Page: page}
	}))
}
