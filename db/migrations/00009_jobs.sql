-- Long work of a store, and the files that go into it and come out of it.

-- +goose Up

-- A file on its way in, or one to be fetched. It is kept here and not on a server's disk: any server may take it in, another
-- may work on it, and a third may hand it out.
CREATE TABLE uploads (
    store_id   bigint NOT NULL REFERENCES stores (id) ON DELETE CASCADE,
    id         bigint GENERATED ALWAYS AS IDENTITY,
    filename   text NOT NULL CHECK (filename <> ''),
    size       bigint CHECK (size >= 0), -- null until a file that is made here is whole
    received   bigint NOT NULL DEFAULT 0 CHECK (received >= 0),
    chunks     integer NOT NULL DEFAULT 0,
    writer     text NOT NULL DEFAULT '', -- who sends it; another one takes over
    complete   boolean NOT NULL DEFAULT false,
    secret     text NOT NULL CHECK (secret <> ''), -- signs its links
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (store_id, id)
);
CREATE INDEX uploads_expiry ON uploads (expires_at);

CREATE TABLE upload_chunks (
    store_id  bigint NOT NULL,
    upload_id bigint NOT NULL,
    n         integer NOT NULL,
    data      bytea NOT NULL,
    PRIMARY KEY (store_id, upload_id, n),
    FOREIGN KEY (store_id, upload_id) REFERENCES uploads (store_id, id) ON DELETE CASCADE
);
-- Compressing them would cost more than it saves: they are read once and deleted.
ALTER TABLE upload_chunks ALTER COLUMN data SET STORAGE EXTERNAL;

CREATE TABLE jobs (
    store_id     bigint NOT NULL REFERENCES stores (id) ON DELETE CASCADE,
    id           bigint GENERATED ALWAYS AS IDENTITY,
    kind         text NOT NULL CHECK (kind IN ('PRODUCTS_IMPORT', 'PRODUCTS_EXPORT')),
    state        text NOT NULL DEFAULT 'QUEUED' CHECK (state IN ('QUEUED', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELED')),
    merchant_id  bigint, -- who asked for it; no foreign keys, as in audit_log
    api_key_id   bigint,
    options      jsonb NOT NULL DEFAULT '{}',
    secret       text NOT NULL CHECK (secret <> ''), -- signs the links to its lists
    upload_id    bigint, -- what it reads
    result_id    bigint, -- what it has made
    created_at   timestamptz NOT NULL DEFAULT now(),
    started_at   timestamptz,
    finished_at  timestamptz,
    -- Whoever holds the lease works on it. A lease that is not renewed is anybody's.
    lease        text,
    heartbeat_at timestamptz,
    attempts     integer NOT NULL DEFAULT 0, -- since it last got on
    resumed      integer NOT NULL DEFAULT 0,
    cancel       boolean NOT NULL DEFAULT false,
    -- How far it is. These change with what they count, in one transaction.
    done_bytes   bigint NOT NULL DEFAULT 0,
    total_bytes  bigint NOT NULL DEFAULT 0,
    read         bigint NOT NULL DEFAULT 0,
    created      bigint NOT NULL DEFAULT 0,
    updated      bigint NOT NULL DEFAULT 0,
    unchanged    bigint NOT NULL DEFAULT 0,
    rejected     bigint NOT NULL DEFAULT 0,
    variants     bigint NOT NULL DEFAULT 0,
    findings     jsonb NOT NULL DEFAULT '{}', -- notes, and how the file was understood
    error        text NOT NULL DEFAULT '',
    PRIMARY KEY (store_id, id),
    FOREIGN KEY (store_id, upload_id) REFERENCES uploads (store_id, id) ON DELETE SET NULL (upload_id),
    FOREIGN KEY (store_id, result_id) REFERENCES uploads (store_id, id) ON DELETE SET NULL (result_id),
    CHECK ((state = 'RUNNING') = (lease IS NOT NULL))
);
-- A store's jobs run one after the other.
CREATE UNIQUE INDEX jobs_running ON jobs (store_id) WHERE state = 'RUNNING';
CREATE INDEX jobs_open ON jobs (store_id, id) WHERE state IN ('QUEUED', 'RUNNING');
CREATE INDEX jobs_served ON jobs (store_id, started_at);
CREATE INDEX jobs_input ON jobs (store_id, upload_id) WHERE upload_id IS NOT NULL;
CREATE INDEX jobs_result ON jobs (store_id, result_id) WHERE result_id IS NOT NULL;

CREATE TABLE job_rejections (
    store_id    bigint NOT NULL,
    job_id      bigint NOT NULL,
    id          bigint GENERATED ALWAYS AS IDENTITY, -- in the order of the file
    line        integer NOT NULL,
    column_name text NOT NULL, -- empty when a whole row is meant
    product     text NOT NULL, -- its handle, empty when nobody knows
    reason      text NOT NULL,
    PRIMARY KEY (store_id, job_id, id),
    FOREIGN KEY (store_id, job_id) REFERENCES jobs (store_id, id) ON DELETE CASCADE
);

-- +goose Down
DROP TABLE job_rejections, jobs, upload_chunks, uploads;
