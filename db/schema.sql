-- What the migrations add up to, as the catalogs tell it. Written by: go test ./db -run TestSchema -update
table api_keys.store_id bigint NOT NULL
table api_keys.id bigint NOT NULL IDENTITY ALWAYS
table api_keys.name text NOT NULL
table api_keys.prefix text NOT NULL
table api_keys.token_hash bytea NOT NULL
table api_keys.previous_hash bytea
table api_keys.previous_expires_at timestamp with time zone
table api_keys.scopes text[] NOT NULL
table api_keys.created_at timestamp with time zone NOT NULL DEFAULT now()
table api_keys.rotated_at timestamp with time zone
table api_keys.last_used_at timestamp with time zone
table api_keys.expires_at timestamp with time zone
table api_keys.revoked_at timestamp with time zone
table audit_log.store_id bigint NOT NULL
table audit_log.id bigint NOT NULL IDENTITY ALWAYS
table audit_log.at timestamp with time zone NOT NULL DEFAULT now()
table audit_log.merchant_id bigint
table audit_log.api_key_id bigint
table audit_log.action text NOT NULL
table audit_log.subject text NOT NULL DEFAULT ''::text
table audit_log.detail jsonb NOT NULL DEFAULT '{}'::jsonb
table collection_products.store_id bigint NOT NULL
table collection_products.collection_id bigint NOT NULL
table collection_products.product_id bigint NOT NULL
table collection_products.position integer NOT NULL
table collections.store_id bigint NOT NULL
table collections.id bigint NOT NULL IDENTITY ALWAYS
table collections.handle text NOT NULL
table collections.title text NOT NULL
table collections.description_html text NOT NULL DEFAULT ''::text
table collections.image_url text NOT NULL DEFAULT ''::text
table collections.image_alt text NOT NULL DEFAULT ''::text
table collections.published_at timestamp with time zone
table collections.created_at timestamp with time zone NOT NULL DEFAULT now()
table collections.updated_at timestamp with time zone NOT NULL DEFAULT now()
table job_rejections.store_id bigint NOT NULL
table job_rejections.job_id bigint NOT NULL
table job_rejections.id bigint NOT NULL IDENTITY ALWAYS
table job_rejections.line integer NOT NULL
table job_rejections.column_name text NOT NULL
table job_rejections.product text NOT NULL
table job_rejections.reason text NOT NULL
table jobs.store_id bigint NOT NULL
table jobs.id bigint NOT NULL IDENTITY ALWAYS
table jobs.kind text NOT NULL
table jobs.state text NOT NULL DEFAULT 'QUEUED'::text
table jobs.merchant_id bigint
table jobs.api_key_id bigint
table jobs.options jsonb NOT NULL DEFAULT '{}'::jsonb
table jobs.secret text NOT NULL
table jobs.upload_id bigint
table jobs.result_id bigint
table jobs.created_at timestamp with time zone NOT NULL DEFAULT now()
table jobs.started_at timestamp with time zone
table jobs.finished_at timestamp with time zone
table jobs.lease text
table jobs.heartbeat_at timestamp with time zone
table jobs.attempts integer NOT NULL DEFAULT 0
table jobs.resumed integer NOT NULL DEFAULT 0
table jobs.cancel boolean NOT NULL DEFAULT false
table jobs.done_bytes bigint NOT NULL DEFAULT 0
table jobs.total_bytes bigint NOT NULL DEFAULT 0
table jobs.read bigint NOT NULL DEFAULT 0
table jobs.created bigint NOT NULL DEFAULT 0
table jobs.updated bigint NOT NULL DEFAULT 0
table jobs.unchanged bigint NOT NULL DEFAULT 0
table jobs.rejected bigint NOT NULL DEFAULT 0
table jobs.variants bigint NOT NULL DEFAULT 0
table jobs.findings jsonb NOT NULL DEFAULT '{}'::jsonb
table jobs.error text NOT NULL DEFAULT ''::text
table merchants.id bigint NOT NULL IDENTITY ALWAYS
table merchants.email text NOT NULL
table merchants.name text NOT NULL
table merchants.password_hash text NOT NULL
table merchants.created_at timestamp with time zone NOT NULL DEFAULT now()
table merchants.updated_at timestamp with time zone NOT NULL DEFAULT now()
table product_media.store_id bigint NOT NULL
table product_media.id bigint NOT NULL IDENTITY ALWAYS
table product_media.product_id bigint NOT NULL
table product_media.position integer NOT NULL
table product_media.url text NOT NULL
table product_media.alt text NOT NULL DEFAULT ''::text
table product_media.width integer
table product_media.height integer
table product_options.store_id bigint NOT NULL
table product_options.id bigint NOT NULL IDENTITY ALWAYS
table product_options.product_id bigint NOT NULL
table product_options.position integer NOT NULL
table product_options.name text NOT NULL
table product_options.values text[] NOT NULL
table product_variants.store_id bigint NOT NULL
table product_variants.id bigint NOT NULL IDENTITY ALWAYS
table product_variants.product_id bigint NOT NULL
table product_variants.position integer NOT NULL
table product_variants.sku text NOT NULL DEFAULT ''::text
table product_variants.barcode text NOT NULL DEFAULT ''::text
table product_variants.option_values text[] NOT NULL
table product_variants.price_minor bigint NOT NULL
table product_variants.compare_at_minor bigint
table product_variants.inventory_quantity integer NOT NULL DEFAULT 0
table product_variants.inventory_tracked boolean NOT NULL DEFAULT false
table product_variants.inventory_policy text NOT NULL DEFAULT 'DENY'::text
table product_variants.weight_grams double precision NOT NULL DEFAULT 0
table product_variants.weight_unit text NOT NULL DEFAULT 'KILOGRAMS'::text
table product_variants.requires_shipping boolean NOT NULL DEFAULT true
table product_variants.taxable boolean NOT NULL DEFAULT true
table product_variants.image_id bigint
table products.store_id bigint NOT NULL
table products.id bigint NOT NULL IDENTITY ALWAYS
table products.handle text NOT NULL
table products.title text NOT NULL
table products.description_html text NOT NULL DEFAULT ''::text
table products.vendor text NOT NULL DEFAULT ''::text
table products.product_type text NOT NULL DEFAULT ''::text
table products.tags text[] NOT NULL DEFAULT '{}'::text[]
table products.status text NOT NULL DEFAULT 'DRAFT'::text
table products.published_at timestamp with time zone
table products.is_gift_card boolean NOT NULL DEFAULT false
table products.seo_title text NOT NULL DEFAULT ''::text
table products.seo_description text NOT NULL DEFAULT ''::text
table products.created_at timestamp with time zone NOT NULL DEFAULT now()
table products.updated_at timestamp with time zone NOT NULL DEFAULT now()
table replica_heartbeat.id boolean NOT NULL DEFAULT true
table replica_heartbeat.beat_at timestamp with time zone NOT NULL
table search_sync_state.slot text NOT NULL
table search_sync_state.system_id text NOT NULL
table search_sync_state.timeline integer NOT NULL
table search_sync_state.epoch bigint NOT NULL
table search_sync_state.generation integer NOT NULL
table search_sync_state.confirmed_lsn pg_lsn NOT NULL
table search_sync_state.searchable_lsn pg_lsn NOT NULL
table search_sync_state.updated_at timestamp with time zone NOT NULL DEFAULT now()
table sessions.id bigint NOT NULL IDENTITY ALWAYS
table sessions.merchant_id bigint NOT NULL
table sessions.token_hash bytea NOT NULL
table sessions.address text NOT NULL DEFAULT ''::text
table sessions.created_at timestamp with time zone NOT NULL
table sessions.last_used_at timestamp with time zone NOT NULL
table sessions.expires_at timestamp with time zone NOT NULL
table sign_in_throttles.key bytea NOT NULL
table sign_in_throttles.failures integer NOT NULL
table sign_in_throttles.blocked_until timestamp with time zone NOT NULL
table sign_in_throttles.trusted_until timestamp with time zone NOT NULL
table sign_in_throttles.forget_at timestamp with time zone NOT NULL
table staff_invitations.store_id bigint NOT NULL
table staff_invitations.id bigint NOT NULL IDENTITY ALWAYS
table staff_invitations.email text NOT NULL
table staff_invitations.role text NOT NULL
table staff_invitations.token_hash bytea NOT NULL
table staff_invitations.created_at timestamp with time zone NOT NULL
table staff_invitations.expires_at timestamp with time zone NOT NULL
table store_staff.store_id bigint NOT NULL
table store_staff.merchant_id bigint NOT NULL
table store_staff.role text NOT NULL
table store_staff.created_at timestamp with time zone NOT NULL DEFAULT now()
table stores.id bigint NOT NULL IDENTITY ALWAYS
table stores.handle text NOT NULL
table stores.name text NOT NULL
table stores.description text NOT NULL DEFAULT ''::text
table stores.currency character(3) NOT NULL
table stores.status text NOT NULL DEFAULT 'DRAFT'::text
table stores.created_at timestamp with time zone NOT NULL DEFAULT now()
table stores.updated_at timestamp with time zone NOT NULL DEFAULT now()
table upload_chunks.store_id bigint NOT NULL
table upload_chunks.upload_id bigint NOT NULL
table upload_chunks.n integer NOT NULL
table upload_chunks.data bytea NOT NULL
table uploads.store_id bigint NOT NULL
table uploads.id bigint NOT NULL IDENTITY ALWAYS
table uploads.filename text NOT NULL
table uploads.size bigint
table uploads.received bigint NOT NULL DEFAULT 0
table uploads.chunks integer NOT NULL DEFAULT 0
table uploads.writer text NOT NULL DEFAULT ''::text
table uploads.complete boolean NOT NULL DEFAULT false
table uploads.secret text NOT NULL
table uploads.created_at timestamp with time zone NOT NULL DEFAULT now()
table uploads.expires_at timestamp with time zone NOT NULL
constraint api_keys api_keys_name_check: CHECK ((name <> ''::text))
constraint api_keys api_keys_pkey: PRIMARY KEY (store_id, id)
constraint api_keys api_keys_previous_hash_check: CHECK ((length(previous_hash) = 32))
constraint api_keys api_keys_store_id_fkey: FOREIGN KEY (store_id) REFERENCES stores(id) ON DELETE CASCADE
constraint api_keys api_keys_token_hash_check: CHECK ((length(token_hash) = 32))
constraint audit_log audit_log_action_check: CHECK ((action <> ''::text))
constraint audit_log audit_log_pkey: PRIMARY KEY (store_id, id)
constraint collection_products collection_products_pkey: PRIMARY KEY (store_id, collection_id, product_id)
constraint collection_products collection_products_store_id_collection_id_fkey: FOREIGN KEY (store_id, collection_id) REFERENCES collections(store_id, id) ON DELETE CASCADE
constraint collection_products collection_products_store_id_product_id_fkey: FOREIGN KEY (store_id, product_id) REFERENCES products(store_id, id) ON DELETE CASCADE
constraint collections collections_handle_check: CHECK ((handle <> ''::text))
constraint collections collections_pkey: PRIMARY KEY (store_id, id)
constraint collections collections_store_id_fkey: FOREIGN KEY (store_id) REFERENCES stores(id)
constraint collections collections_store_id_handle_key: UNIQUE (store_id, handle)
constraint collections collections_title_check: CHECK ((title <> ''::text))
constraint job_rejections job_rejections_pkey: PRIMARY KEY (store_id, job_id, id)
constraint job_rejections job_rejections_store_id_job_id_fkey: FOREIGN KEY (store_id, job_id) REFERENCES jobs(store_id, id) ON DELETE CASCADE
constraint jobs jobs_check: CHECK (((state = 'RUNNING'::text) = (lease IS NOT NULL)))
constraint jobs jobs_kind_check: CHECK ((kind = ANY (ARRAY['PRODUCTS_IMPORT'::text, 'PRODUCTS_EXPORT'::text])))
constraint jobs jobs_pkey: PRIMARY KEY (store_id, id)
constraint jobs jobs_secret_check: CHECK ((secret <> ''::text))
constraint jobs jobs_state_check: CHECK ((state = ANY (ARRAY['QUEUED'::text, 'RUNNING'::text, 'COMPLETED'::text, 'FAILED'::text, 'CANCELED'::text])))
constraint jobs jobs_store_id_fkey: FOREIGN KEY (store_id) REFERENCES stores(id) ON DELETE CASCADE
constraint jobs jobs_store_id_result_id_fkey: FOREIGN KEY (store_id, result_id) REFERENCES uploads(store_id, id) ON DELETE SET NULL (result_id)
constraint jobs jobs_store_id_upload_id_fkey: FOREIGN KEY (store_id, upload_id) REFERENCES uploads(store_id, id) ON DELETE SET NULL (upload_id)
constraint merchants merchants_email_check: CHECK (((email <> ''::text) AND (length(email) <= 254)))
constraint merchants merchants_name_check: CHECK ((name <> ''::text))
constraint merchants merchants_pkey: PRIMARY KEY (id)
constraint product_media product_media_pkey: PRIMARY KEY (store_id, id)
constraint product_media product_media_store_id_product_id_fkey: FOREIGN KEY (store_id, product_id) REFERENCES products(store_id, id) ON DELETE CASCADE
constraint product_media product_media_store_id_product_id_id_key: UNIQUE (store_id, product_id, id)
constraint product_media product_media_url_check: CHECK ((url <> ''::text))
constraint product_options product_options_name_check: CHECK ((name <> ''::text))
constraint product_options product_options_pkey: PRIMARY KEY (store_id, id)
constraint product_options product_options_store_id_product_id_fkey: FOREIGN KEY (store_id, product_id) REFERENCES products(store_id, id) ON DELETE CASCADE
constraint product_options product_options_store_id_product_id_id_key: UNIQUE (store_id, product_id, id)
constraint product_options product_options_values_check: CHECK ((array_position("values", NULL::text) IS NULL))
constraint product_variants product_variants_compare_at_minor_check: CHECK ((compare_at_minor >= 0))
constraint product_variants product_variants_inventory_policy_check: CHECK ((inventory_policy = ANY (ARRAY['DENY'::text, 'CONTINUE'::text])))
constraint product_variants product_variants_option_values_check: CHECK ((array_position(option_values, NULL::text) IS NULL))
constraint product_variants product_variants_pkey: PRIMARY KEY (store_id, id)
constraint product_variants product_variants_price_minor_check: CHECK ((price_minor >= 0))
constraint product_variants product_variants_store_id_product_id_fkey: FOREIGN KEY (store_id, product_id) REFERENCES products(store_id, id) ON DELETE CASCADE
constraint product_variants product_variants_store_id_product_id_id_key: UNIQUE (store_id, product_id, id)
constraint product_variants product_variants_weight_grams_check: CHECK ((weight_grams >= (0)::double precision))
constraint product_variants product_variants_weight_unit_check: CHECK ((weight_unit = ANY (ARRAY['GRAMS'::text, 'KILOGRAMS'::text, 'OUNCES'::text, 'POUNDS'::text])))
constraint products products_handle_check: CHECK ((handle <> ''::text))
constraint products products_pkey: PRIMARY KEY (store_id, id)
constraint products products_status_check: CHECK ((status = ANY (ARRAY['ACTIVE'::text, 'DRAFT'::text, 'ARCHIVED'::text])))
constraint products products_store_id_fkey: FOREIGN KEY (store_id) REFERENCES stores(id)
constraint products products_store_id_handle_key: UNIQUE (store_id, handle)
constraint products products_tags_check: CHECK ((array_position(tags, NULL::text) IS NULL))
constraint products products_title_check: CHECK ((title <> ''::text))
constraint replica_heartbeat replica_heartbeat_id_check: CHECK (id)
constraint replica_heartbeat replica_heartbeat_pkey: PRIMARY KEY (id)
constraint search_sync_state search_sync_state_pkey: PRIMARY KEY (slot)
constraint sessions sessions_merchant_id_fkey: FOREIGN KEY (merchant_id) REFERENCES merchants(id) ON DELETE CASCADE
constraint sessions sessions_pkey: PRIMARY KEY (id)
constraint sessions sessions_token_hash_check: CHECK ((length(token_hash) = 32))
constraint sign_in_throttles sign_in_throttles_key_check: CHECK ((length(key) = 32))
constraint sign_in_throttles sign_in_throttles_pkey: PRIMARY KEY (key)
constraint staff_invitations staff_invitations_email_check: CHECK ((email <> ''::text))
constraint staff_invitations staff_invitations_pkey: PRIMARY KEY (store_id, id)
constraint staff_invitations staff_invitations_role_check: CHECK ((role = ANY (ARRAY['OWNER'::text, 'MANAGER'::text, 'PACKER'::text])))
constraint staff_invitations staff_invitations_store_id_fkey: FOREIGN KEY (store_id) REFERENCES stores(id) ON DELETE CASCADE
constraint staff_invitations staff_invitations_token_hash_check: CHECK ((length(token_hash) = 32))
constraint store_staff store_staff_pkey: PRIMARY KEY (store_id, merchant_id)
constraint store_staff store_staff_role_check: CHECK ((role = ANY (ARRAY['OWNER'::text, 'MANAGER'::text, 'PACKER'::text])))
constraint store_staff store_staff_store_id_fkey: FOREIGN KEY (store_id) REFERENCES stores(id) ON DELETE CASCADE
constraint stores stores_currency_check: CHECK ((currency ~ '^[A-Z]{3}$'::text))
constraint stores stores_handle_check: CHECK (((handle ~ '^[a-z0-9]+(-[a-z0-9]+)*$'::text) AND (length(handle) <= 63)))
constraint stores stores_handle_key: UNIQUE (handle)
constraint stores stores_name_check: CHECK ((name <> ''::text))
constraint stores stores_pkey: PRIMARY KEY (id)
constraint stores stores_status_check: CHECK ((status = ANY (ARRAY['DRAFT'::text, 'PUBLISHED'::text])))
constraint upload_chunks upload_chunks_pkey: PRIMARY KEY (store_id, upload_id, n)
constraint upload_chunks upload_chunks_store_id_upload_id_fkey: FOREIGN KEY (store_id, upload_id) REFERENCES uploads(store_id, id) ON DELETE CASCADE
constraint uploads uploads_filename_check: CHECK ((filename <> ''::text))
constraint uploads uploads_pkey: PRIMARY KEY (store_id, id)
constraint uploads uploads_received_check: CHECK ((received >= 0))
constraint uploads uploads_secret_check: CHECK ((secret <> ''::text))
constraint uploads uploads_size_check: CHECK ((size >= 0))
constraint uploads uploads_store_id_fkey: FOREIGN KEY (store_id) REFERENCES stores(id) ON DELETE CASCADE
index CREATE UNIQUE INDEX api_keys_pkey ON public.api_keys USING btree (store_id, id)
index CREATE UNIQUE INDEX api_keys_previous ON public.api_keys USING btree (previous_hash) WHERE (previous_hash IS NOT NULL)
index CREATE UNIQUE INDEX api_keys_token ON public.api_keys USING btree (token_hash)
index CREATE UNIQUE INDEX audit_log_pkey ON public.audit_log USING btree (store_id, id)
index CREATE UNIQUE INDEX collection_products_identity ON public.collection_products USING btree (store_id, product_id, collection_id)
index CREATE UNIQUE INDEX collection_products_pkey ON public.collection_products USING btree (store_id, collection_id, product_id)
index CREATE INDEX collection_products_position ON public.collection_products USING btree (store_id, collection_id, "position", product_id)
index CREATE UNIQUE INDEX collections_pkey ON public.collections USING btree (store_id, id)
index CREATE UNIQUE INDEX collections_store_id_handle_key ON public.collections USING btree (store_id, handle)
index CREATE UNIQUE INDEX job_rejections_pkey ON public.job_rejections USING btree (store_id, job_id, id)
index CREATE INDEX jobs_input ON public.jobs USING btree (store_id, upload_id) WHERE (upload_id IS NOT NULL)
index CREATE INDEX jobs_open ON public.jobs USING btree (store_id, id) WHERE (state = ANY (ARRAY['QUEUED'::text, 'RUNNING'::text]))
index CREATE UNIQUE INDEX jobs_pkey ON public.jobs USING btree (store_id, id)
index CREATE INDEX jobs_result ON public.jobs USING btree (store_id, result_id) WHERE (result_id IS NOT NULL)
index CREATE UNIQUE INDEX jobs_running ON public.jobs USING btree (store_id) WHERE (state = 'RUNNING'::text)
index CREATE INDEX jobs_served ON public.jobs USING btree (store_id, started_at)
index CREATE UNIQUE INDEX merchants_email ON public.merchants USING btree (lower(email))
index CREATE UNIQUE INDEX merchants_pkey ON public.merchants USING btree (id)
index CREATE UNIQUE INDEX product_media_pkey ON public.product_media USING btree (store_id, id)
index CREATE INDEX product_media_position ON public.product_media USING btree (store_id, product_id, "position", id)
index CREATE UNIQUE INDEX product_media_store_id_product_id_id_key ON public.product_media USING btree (store_id, product_id, id)
index CREATE UNIQUE INDEX product_options_pkey ON public.product_options USING btree (store_id, id)
index CREATE UNIQUE INDEX product_options_store_id_product_id_id_key ON public.product_options USING btree (store_id, product_id, id)
index CREATE INDEX product_variants_cheapest ON public.product_variants USING btree (store_id, product_id, price_minor, id)
index CREATE UNIQUE INDEX product_variants_pkey ON public.product_variants USING btree (store_id, id)
index CREATE INDEX product_variants_position ON public.product_variants USING btree (store_id, product_id, "position", id)
index CREATE INDEX product_variants_price ON public.product_variants USING btree (store_id, price_minor, product_id, id)
index CREATE UNIQUE INDEX product_variants_store_id_product_id_id_key ON public.product_variants USING btree (store_id, product_id, id)
index CREATE INDEX products_created ON public.products USING btree (store_id, created_at, id) WHERE (status = 'ACTIVE'::text)
index CREATE UNIQUE INDEX products_pkey ON public.products USING btree (store_id, id)
index CREATE UNIQUE INDEX products_store_id_handle_key ON public.products USING btree (store_id, handle)
index CREATE INDEX products_title ON public.products USING btree (store_id, lower(title) COLLATE "C", id) WHERE (status = 'ACTIVE'::text)
index CREATE INDEX products_type ON public.products USING btree (store_id, lower(product_type) COLLATE "C", id) WHERE (status = 'ACTIVE'::text)
index CREATE INDEX products_updated ON public.products USING btree (store_id, updated_at, id) WHERE (status = 'ACTIVE'::text)
index CREATE INDEX products_vendor ON public.products USING btree (store_id, lower(vendor) COLLATE "C", id) WHERE (status = 'ACTIVE'::text)
index CREATE UNIQUE INDEX replica_heartbeat_pkey ON public.replica_heartbeat USING btree (id)
index CREATE UNIQUE INDEX search_sync_state_pkey ON public.search_sync_state USING btree (slot)
index CREATE INDEX sessions_merchant ON public.sessions USING btree (merchant_id, last_used_at)
index CREATE UNIQUE INDEX sessions_pkey ON public.sessions USING btree (id)
index CREATE UNIQUE INDEX sessions_token ON public.sessions USING btree (token_hash)
index CREATE INDEX sign_in_throttles_forget ON public.sign_in_throttles USING btree (forget_at)
index CREATE UNIQUE INDEX sign_in_throttles_pkey ON public.sign_in_throttles USING btree (key)
index CREATE UNIQUE INDEX staff_invitations_email ON public.staff_invitations USING btree (store_id, email)
index CREATE UNIQUE INDEX staff_invitations_pkey ON public.staff_invitations USING btree (store_id, id)
index CREATE UNIQUE INDEX staff_invitations_token ON public.staff_invitations USING btree (token_hash)
index CREATE INDEX store_staff_merchant ON public.store_staff USING btree (merchant_id, store_id)
index CREATE UNIQUE INDEX store_staff_pkey ON public.store_staff USING btree (store_id, merchant_id)
index CREATE UNIQUE INDEX stores_handle_key ON public.stores USING btree (handle)
index CREATE UNIQUE INDEX stores_pkey ON public.stores USING btree (id)
index CREATE UNIQUE INDEX upload_chunks_pkey ON public.upload_chunks USING btree (store_id, upload_id, n)
index CREATE INDEX uploads_expiry ON public.uploads USING btree (expires_at)
index CREATE UNIQUE INDEX uploads_pkey ON public.uploads USING btree (store_id, id)
trigger CREATE TRIGGER collections_touch BEFORE UPDATE ON public.collections FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION touch_updated_at()
trigger CREATE TRIGGER merchants_touch BEFORE UPDATE ON public.merchants FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION touch_updated_at()
trigger CREATE TRIGGER products_touch BEFORE UPDATE ON public.products FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION touch_updated_at()
trigger CREATE TRIGGER stores_touch BEFORE UPDATE ON public.stores FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION touch_updated_at()
function CREATE OR REPLACE FUNCTION public.touch_updated_at()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$function$
publication kirana_search: collection_products (store_id, collection_id, product_id)
publication kirana_search: product_options (store_id, id, product_id)
publication kirana_search: product_variants (store_id, id, product_id)
publication kirana_search: products (store_id, id)
replica identity of api_keys: primary key
replica identity of audit_log: primary key
replica identity of collection_products: collection_products_identity
replica identity of collections: primary key
replica identity of job_rejections: primary key
replica identity of jobs: primary key
replica identity of merchants: primary key
replica identity of product_media: primary key
replica identity of product_options: product_options_store_id_product_id_id_key
replica identity of product_variants: product_variants_store_id_product_id_id_key
replica identity of products: primary key
replica identity of replica_heartbeat: primary key
replica identity of search_sync_state: primary key
replica identity of sessions: primary key
replica identity of sign_in_throttles: primary key
replica identity of staff_invitations: primary key
replica identity of store_staff: primary key
replica identity of stores: primary key
replica identity of upload_chunks: primary key
replica identity of uploads: primary key
