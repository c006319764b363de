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
table card_events.store_id bigint NOT NULL
table card_events.event_id text NOT NULL
table card_events.at timestamp with time zone NOT NULL DEFAULT now()
table card_payments.store_id bigint NOT NULL
table card_payments.intent_id text NOT NULL
table card_payments.order_id bigint NOT NULL
table card_payments.account text NOT NULL
table card_payments.currency character(3) NOT NULL
table card_payments.amount_minor bigint NOT NULL
table card_payments.status text NOT NULL
table card_payments.settles boolean NOT NULL DEFAULT false
table card_payments.created_at timestamp with time zone NOT NULL DEFAULT now()
table card_payments.updated_at timestamp with time zone NOT NULL DEFAULT now()
table card_payments.look_at timestamp with time zone
table card_refunds.store_id bigint NOT NULL
table card_refunds.id bigint NOT NULL IDENTITY ALWAYS
table card_refunds.order_id bigint NOT NULL
table card_refunds.intent_id text NOT NULL
table card_refunds.refund_id bigint
table card_refunds.reason text NOT NULL
table card_refunds.amount_minor bigint NOT NULL
table card_refunds.state text NOT NULL DEFAULT 'DUE'::text
table card_refunds.provider_id text NOT NULL DEFAULT ''::text
table card_refunds.attempts integer NOT NULL DEFAULT 0
table card_refunds.refusals integer NOT NULL DEFAULT 0
table card_refunds.fault text NOT NULL DEFAULT ''::text
table card_refunds.next_at timestamp with time zone NOT NULL DEFAULT now()
table card_refunds.created_at timestamp with time zone NOT NULL DEFAULT now()
table card_refunds.settled_at timestamp with time zone
table card_refunds.covered_minor bigint NOT NULL DEFAULT 0
table card_reversals.store_id bigint NOT NULL
table card_reversals.provider_id text NOT NULL
table card_reversals.intent_id text NOT NULL
table card_reversals.order_id bigint NOT NULL
table card_reversals.kind text NOT NULL
table card_reversals.state text NOT NULL
table card_reversals.currency character(3) NOT NULL
table card_reversals.amount_minor bigint NOT NULL
table card_reversals.booked_minor bigint NOT NULL DEFAULT 0
table card_reversals.refund_id bigint
table card_reversals.reason text NOT NULL DEFAULT ''::text
table card_reversals.respond_by timestamp with time zone
table card_reversals.created_at timestamp with time zone NOT NULL
table card_reversals.updated_at timestamp with time zone NOT NULL DEFAULT now()
table carts.store_id bigint NOT NULL
table carts.id bigint NOT NULL IDENTITY ALWAYS
table carts.key text NOT NULL
table carts.content jsonb NOT NULL
table carts.order_id bigint
table carts.created_at timestamp with time zone NOT NULL DEFAULT now()
table carts.updated_at timestamp with time zone NOT NULL DEFAULT now()
table collection_products.store_id bigint NOT NULL
table collection_products.collection_id bigint NOT NULL
table collection_products.product_id bigint NOT NULL
table collection_products.position integer NOT NULL
table collection_products.by_rule boolean NOT NULL DEFAULT false
table collection_redirects.store_id bigint NOT NULL
table collection_redirects.handle text NOT NULL
table collection_redirects.collection_id bigint NOT NULL
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
table collections.seo_title text NOT NULL DEFAULT ''::text
table collections.seo_description text NOT NULL DEFAULT ''::text
table collections.sort_order text NOT NULL DEFAULT 'MANUAL'::text
table collections.rule_set jsonb
table customer_addresses.store_id bigint NOT NULL
table customer_addresses.customer_id bigint NOT NULL
table customer_addresses.id bigint NOT NULL IDENTITY ALWAYS
table customer_addresses.address jsonb NOT NULL
table customer_codes.store_id bigint NOT NULL
table customer_codes.contact text NOT NULL
table customer_codes.salt bytea NOT NULL
table customer_codes.sum bytea NOT NULL
table customer_codes.tries integer NOT NULL DEFAULT 0
table customer_codes.expires_at timestamp with time zone NOT NULL
table customer_tokens.store_id bigint NOT NULL
table customer_tokens.token_hash bytea NOT NULL
table customer_tokens.customer_id bigint NOT NULL
table customer_tokens.created_at timestamp with time zone NOT NULL DEFAULT now()
table customer_tokens.expires_at timestamp with time zone NOT NULL
table customers.store_id bigint NOT NULL
table customers.id bigint NOT NULL IDENTITY ALWAYS
table customers.email text NOT NULL DEFAULT ''::text
table customers.phone text NOT NULL DEFAULT ''::text
table customers.first_name text NOT NULL DEFAULT ''::text
table customers.last_name text NOT NULL DEFAULT ''::text
table customers.created_at timestamp with time zone NOT NULL DEFAULT now()
table customers.updated_at timestamp with time zone NOT NULL DEFAULT now()
table customers.default_address_id bigint
table delivery_areas.store_id bigint NOT NULL
table delivery_areas.country text NOT NULL
table delivery_areas.province text NOT NULL DEFAULT ''::text
table delivery_areas.zone integer NOT NULL
table delivery_areas.position integer NOT NULL
table delivery_rates.store_id bigint NOT NULL
table delivery_rates.handle text NOT NULL
table delivery_rates.zone integer NOT NULL
table delivery_rates.position integer NOT NULL
table delivery_rates.title text NOT NULL
table delivery_rates.description text NOT NULL DEFAULT ''::text
table delivery_rates.price_minor bigint NOT NULL DEFAULT 0
table delivery_rates.band_grams integer[] NOT NULL DEFAULT '{}'::integer[]
table delivery_rates.band_prices bigint[] NOT NULL DEFAULT '{}'::bigint[]
table delivery_rates.free_from_minor bigint
table delivery_settings.store_id bigint NOT NULL
table delivery_settings.version integer NOT NULL DEFAULT 1
table delivery_settings.updated_at timestamp with time zone NOT NULL DEFAULT now()
table delivery_zones.store_id bigint NOT NULL
table delivery_zones.position integer NOT NULL
table delivery_zones.name text NOT NULL
table discount_uses.store_id bigint NOT NULL
table discount_uses.order_id bigint NOT NULL
table discount_uses.discount_id bigint NOT NULL
table discount_uses.customer bytea
table discount_uses.once boolean NOT NULL
table discount_uses.at timestamp with time zone NOT NULL DEFAULT now()
table discounts.store_id bigint NOT NULL
table discounts.id bigint NOT NULL IDENTITY ALWAYS
table discounts.code text NOT NULL
table discounts.code_key text NOT NULL
table discounts.type text NOT NULL
table discounts.rate integer NOT NULL DEFAULT 0
table discounts.amount_minor bigint NOT NULL DEFAULT 0
table discounts.product_ids bigint[] NOT NULL DEFAULT '{}'::bigint[]
table discounts.collection_ids bigint[] NOT NULL DEFAULT '{}'::bigint[]
table discounts.buys_product_ids bigint[] NOT NULL DEFAULT '{}'::bigint[]
table discounts.buys_collection_ids bigint[] NOT NULL DEFAULT '{}'::bigint[]
table discounts.buys_quantity integer NOT NULL DEFAULT 0
table discounts.gets_quantity integer NOT NULL DEFAULT 0
table discounts.uses_per_order integer
table discounts.minimum_subtotal_minor bigint
table discounts.minimum_quantity integer
table discounts.starts_at timestamp with time zone NOT NULL
table discounts.ends_at timestamp with time zone
table discounts.usage_limit integer
table discounts.usage_count integer NOT NULL DEFAULT 0
table discounts.once_per_customer boolean NOT NULL DEFAULT false
table discounts.with_products boolean NOT NULL DEFAULT false
table discounts.with_orders boolean NOT NULL DEFAULT false
table discounts.with_shipping boolean NOT NULL DEFAULT false
table discounts.version integer NOT NULL DEFAULT 1
table discounts.created_at timestamp with time zone NOT NULL DEFAULT now()
table discounts.updated_at timestamp with time zone NOT NULL DEFAULT now()
table idempotency_keys.store_id bigint NOT NULL
table idempotency_keys.key_hash bytea NOT NULL
table idempotency_keys.payload_hash bytea NOT NULL
table idempotency_keys.outcome jsonb NOT NULL
table idempotency_keys.created_at timestamp with time zone NOT NULL DEFAULT now()
table inventory_ledger.store_id bigint NOT NULL
table inventory_ledger.variant_id bigint NOT NULL
table inventory_ledger.id bigint NOT NULL IDENTITY ALWAYS
table inventory_ledger.location_id bigint NOT NULL
table inventory_ledger.at timestamp with time zone NOT NULL DEFAULT now()
table inventory_ledger.delta_on_hand bigint NOT NULL
table inventory_ledger.delta_reserved bigint NOT NULL
table inventory_ledger.on_hand integer NOT NULL
table inventory_ledger.reserved integer NOT NULL
table inventory_ledger.merchant_id bigint DEFAULT (NULLIF(current_setting('kirana.stock_merchant'::text, true), ''::text))::bigint
table inventory_ledger.api_key_id bigint DEFAULT (NULLIF(current_setting('kirana.stock_api_key'::text, true), ''::text))::bigint
table inventory_ledger.reason text NOT NULL DEFAULT COALESCE(NULLIF(current_setting('kirana.stock_reason'::text, true), ''::text), 'CORRECTION'::text)
table inventory_ledger.reference text NOT NULL DEFAULT COALESCE(current_setting('kirana.stock_reference'::text, true), ''::text)
table inventory_levels.store_id bigint NOT NULL
table inventory_levels.variant_id bigint NOT NULL
table inventory_levels.location_id bigint NOT NULL
table inventory_levels.on_hand integer NOT NULL DEFAULT 0
table inventory_levels.reserved integer NOT NULL DEFAULT 0
table inventory_levels.updated_at timestamp with time zone NOT NULL DEFAULT now()
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
table locations.store_id bigint NOT NULL
table locations.id bigint NOT NULL IDENTITY ALWAYS
table locations.position integer NOT NULL DEFAULT 0
table locations.name text NOT NULL
table locations.address1 text NOT NULL DEFAULT ''::text
table locations.address2 text NOT NULL DEFAULT ''::text
table locations.city text NOT NULL DEFAULT ''::text
table locations.province text NOT NULL DEFAULT ''::text
table locations.zip text NOT NULL DEFAULT ''::text
table locations.country text NOT NULL DEFAULT ''::text
table locations.phone text NOT NULL DEFAULT ''::text
table locations.is_default boolean NOT NULL DEFAULT false
table locations.active boolean NOT NULL DEFAULT true
table locations.created_at timestamp with time zone NOT NULL DEFAULT now()
table locations.updated_at timestamp with time zone NOT NULL DEFAULT now()
table menus.store_id bigint NOT NULL
table menus.id bigint NOT NULL IDENTITY ALWAYS
table menus.handle text NOT NULL
table menus.title text NOT NULL
table menus.items jsonb NOT NULL
table menus.updated_at timestamp with time zone NOT NULL DEFAULT now()
table merchants.id bigint NOT NULL IDENTITY ALWAYS
table merchants.email text NOT NULL
table merchants.name text NOT NULL
table merchants.password_hash text NOT NULL
table merchants.created_at timestamp with time zone NOT NULL DEFAULT now()
table merchants.updated_at timestamp with time zone NOT NULL DEFAULT now()
table metafields.store_id bigint NOT NULL
table metafields.owner_kind text NOT NULL
table metafields.owner_id bigint NOT NULL
table metafields.namespace text NOT NULL
table metafields.key text NOT NULL
table metafields.id bigint NOT NULL IDENTITY ALWAYS
table metafields.type text NOT NULL
table metafields.value text NOT NULL
table metafields.description text NOT NULL DEFAULT ''::text
table metafields.visible boolean NOT NULL DEFAULT true
table metafields.created_at timestamp with time zone NOT NULL DEFAULT now()
table metafields.updated_at timestamp with time zone NOT NULL DEFAULT now()
table metafields.product_id bigint DEFAULT 
CASE
    WHEN (owner_kind = 'Product'::text) THEN owner_id
    ELSE NULL::bigint
END
table metafields.variant_id bigint DEFAULT 
CASE
    WHEN (owner_kind = 'ProductVariant'::text) THEN owner_id
    ELSE NULL::bigint
END
table metafields.collection_id bigint DEFAULT 
CASE
    WHEN (owner_kind = 'Collection'::text) THEN owner_id
    ELSE NULL::bigint
END
table metafields.page_id bigint DEFAULT 
CASE
    WHEN (owner_kind = 'Page'::text) THEN owner_id
    ELSE NULL::bigint
END
table order_counters.store_id bigint NOT NULL
table order_counters.last bigint NOT NULL
table order_events.store_id bigint NOT NULL
table order_events.order_id bigint NOT NULL
table order_events.id bigint NOT NULL IDENTITY ALWAYS
table order_events.at timestamp with time zone NOT NULL DEFAULT now()
table order_events.kind text NOT NULL
table order_events.detail jsonb NOT NULL DEFAULT '{}'::jsonb
table order_events.merchant_id bigint
table order_events.api_key_id bigint
table order_fulfillments.store_id bigint NOT NULL
table order_fulfillments.order_id bigint NOT NULL
table order_fulfillments.id bigint NOT NULL IDENTITY ALWAYS
table order_fulfillments.created_at timestamp with time zone NOT NULL DEFAULT now()
table order_fulfillments.tracking_company text NOT NULL DEFAULT ''::text
table order_fulfillments.tracking_number text NOT NULL DEFAULT ''::text
table order_fulfillments.tracking_url text NOT NULL DEFAULT ''::text
table order_fulfillments.lines jsonb NOT NULL
table order_lines.store_id bigint NOT NULL
table order_lines.order_id bigint NOT NULL
table order_lines.id bigint NOT NULL
table order_lines.product_id bigint NOT NULL
table order_lines.variant_id bigint NOT NULL
table order_lines.title text NOT NULL
table order_lines.variant_title text NOT NULL
table order_lines.sku text NOT NULL
table order_lines.image_url text NOT NULL
table order_lines.attributes jsonb NOT NULL DEFAULT '[]'::jsonb
table order_lines.quantity integer NOT NULL
table order_lines.price_minor bigint NOT NULL
table order_lines.subtotal_minor bigint NOT NULL
table order_lines.discount_minor bigint NOT NULL
table order_lines.tax_minor bigint NOT NULL
table order_lines.total_minor bigint NOT NULL
table order_lines.requires_shipping boolean NOT NULL
table order_lines.stocked boolean NOT NULL
table order_lines.fulfilled integer NOT NULL DEFAULT 0
table order_lines.removed integer NOT NULL DEFAULT 0
table order_lines.refunded integer NOT NULL DEFAULT 0
table order_refunds.store_id bigint NOT NULL
table order_refunds.order_id bigint NOT NULL
table order_refunds.id bigint NOT NULL IDENTITY ALWAYS
table order_refunds.created_at timestamp with time zone NOT NULL DEFAULT now()
table order_refunds.amount_minor bigint NOT NULL
table order_refunds.note text NOT NULL DEFAULT ''::text
table order_refunds.lines jsonb NOT NULL
table orders.store_id bigint NOT NULL
table orders.id bigint NOT NULL IDENTITY BY DEFAULT
table orders.number bigint NOT NULL
table orders.key text NOT NULL
table orders.cart_id bigint NOT NULL
table orders.currency character(3) NOT NULL
table orders.created_at timestamp with time zone NOT NULL DEFAULT now()
table orders.updated_at timestamp with time zone NOT NULL DEFAULT now()
table orders.confirmed_at timestamp with time zone
table orders.cancelled_at timestamp with time zone
table orders.cancel_reason text NOT NULL DEFAULT ''::text
table orders.financial_status text NOT NULL DEFAULT 'PENDING'::text
table orders.fulfillment_status text NOT NULL DEFAULT 'UNFULFILLED'::text
table orders.name text NOT NULL DEFAULT ''::text
table orders.email text NOT NULL DEFAULT ''::text
table orders.phone text NOT NULL DEFAULT ''::text
table orders.address jsonb
table orders.note text NOT NULL DEFAULT ''::text
table orders.attributes jsonb NOT NULL DEFAULT '[]'::jsonb
table orders.delivery jsonb NOT NULL
table orders.discounts jsonb NOT NULL DEFAULT '[]'::jsonb
table orders.taxes jsonb NOT NULL DEFAULT '[]'::jsonb
table orders.taxes_included boolean NOT NULL
table orders.payment_method text NOT NULL
table orders.subtotal_minor bigint NOT NULL
table orders.discount_minor bigint NOT NULL
table orders.delivery_minor bigint NOT NULL
table orders.tax_minor bigint NOT NULL
table orders.total_minor bigint NOT NULL
table orders.paid_minor bigint NOT NULL DEFAULT 0
table orders.refunded_minor bigint NOT NULL DEFAULT 0
table orders.hold_expires_at timestamp with time zone
table orders.dispute text NOT NULL DEFAULT ''::text
table outbox.store_id bigint NOT NULL
table outbox.id bigint NOT NULL IDENTITY ALWAYS
table outbox.at timestamp with time zone NOT NULL DEFAULT now()
table outbox.topic text NOT NULL
table outbox.version integer NOT NULL
table outbox.subject text NOT NULL
table outbox.payload jsonb NOT NULL
table outbox.told_at timestamp with time zone
table page_redirects.store_id bigint NOT NULL
table page_redirects.handle text NOT NULL
table page_redirects.page_id bigint NOT NULL
table pages.store_id bigint NOT NULL
table pages.id bigint NOT NULL IDENTITY ALWAYS
table pages.handle text NOT NULL
table pages.title text NOT NULL
table pages.body_html text NOT NULL DEFAULT ''::text
table pages.seo_title text NOT NULL DEFAULT ''::text
table pages.seo_description text NOT NULL DEFAULT ''::text
table pages.published_at timestamp with time zone
table pages.created_at timestamp with time zone NOT NULL DEFAULT now()
table pages.updated_at timestamp with time zone NOT NULL DEFAULT now()
table payment_settings.store_id bigint NOT NULL
table payment_settings.upi_id text NOT NULL DEFAULT ''::text
table payment_settings.payee_name text NOT NULL DEFAULT ''::text
table payment_settings.instructions text NOT NULL DEFAULT ''::text
table payment_settings.hold_hours integer NOT NULL
table payment_settings.version integer NOT NULL DEFAULT 1
table payment_settings.updated_at timestamp with time zone NOT NULL DEFAULT now()
table payment_settings.stripe_account text NOT NULL DEFAULT ''::text
table pickup_locations.store_id bigint NOT NULL
table pickup_locations.location_id bigint NOT NULL
table pickup_locations.description text NOT NULL DEFAULT ''::text
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
table product_redirects.store_id bigint NOT NULL
table product_redirects.handle text NOT NULL
table product_redirects.product_id bigint NOT NULL
table product_tax_rates.store_id bigint NOT NULL
table product_tax_rates.product_id bigint NOT NULL
table product_tax_rates.country text NOT NULL
table product_tax_rates.province text NOT NULL DEFAULT ''::text
table product_tax_rates.title text NOT NULL
table product_tax_rates.rate integer NOT NULL
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
table products.version bigint NOT NULL DEFAULT 1
table products.popularity integer NOT NULL DEFAULT 0
table replica_heartbeat.id boolean NOT NULL DEFAULT true
table replica_heartbeat.beat_at timestamp with time zone NOT NULL
table sales_changes.store_id bigint NOT NULL
table sales_changes.id bigint NOT NULL IDENTITY ALWAYS
table sales_changes.product_id bigint NOT NULL
table search_canary.store_id bigint NOT NULL DEFAULT 0
table search_canary.product_id bigint NOT NULL DEFAULT 0
table search_canary.beat bigint NOT NULL
table search_days.store_id bigint NOT NULL
table search_days.day date NOT NULL
table search_days.searches bigint NOT NULL DEFAULT 0
table search_days.zero_results bigint NOT NULL DEFAULT 0
table search_days.clicks bigint NOT NULL DEFAULT 0
table search_days.cart_adds bigint NOT NULL DEFAULT 0
table search_days.orders bigint NOT NULL DEFAULT 0
table search_days.positions bigint NOT NULL DEFAULT 0
table search_dead_letters.store_id bigint NOT NULL
table search_dead_letters.product_id bigint NOT NULL
table search_dead_letters.index_name text NOT NULL
table search_dead_letters.version bigint NOT NULL
table search_dead_letters.error_type text NOT NULL
table search_dead_letters.reason text NOT NULL
table search_dead_letters.first_seen timestamp with time zone NOT NULL DEFAULT now()
table search_dead_letters.last_seen timestamp with time zone NOT NULL DEFAULT now()
table search_dead_letters.attempts integer NOT NULL DEFAULT 1
table search_facets.store_id bigint NOT NULL
table search_facets.filters text[]
table search_facets.metafields jsonb NOT NULL
table search_facets.swatches jsonb NOT NULL
table search_facets.version integer NOT NULL DEFAULT 1
table search_facets.updated_at timestamp with time zone NOT NULL DEFAULT now()
table search_rules.store_id bigint NOT NULL
table search_rules.id bigint NOT NULL IDENTITY ALWAYS
table search_rules.title text NOT NULL
table search_rules.queries text[] NOT NULL
table search_rules.collection_id bigint
table search_rules.pinned bigint[] NOT NULL
table search_rules.buried bigint[] NOT NULL
table search_rules.hidden bigint[] NOT NULL
table search_rules.boosts jsonb NOT NULL
table search_rules.starts_at timestamp with time zone
table search_rules.ends_at timestamp with time zone
table search_rules.version integer NOT NULL DEFAULT 1
table search_rules.created_at timestamp with time zone NOT NULL DEFAULT now()
table search_rules.updated_at timestamp with time zone NOT NULL DEFAULT now()
table search_sweeps.slot text NOT NULL
table search_sweeps.store_id bigint NOT NULL
table search_sweeps.product_id bigint NOT NULL
table search_sweeps.began_at timestamp with time zone NOT NULL
table search_sweeps.next_at timestamp with time zone NOT NULL
table search_sweeps.last_began_at timestamp with time zone
table search_sweeps.last_ended_at timestamp with time zone
table search_sync_state.slot text NOT NULL
table search_sync_state.system_id text NOT NULL
table search_sync_state.timeline integer NOT NULL
table search_sync_state.epoch bigint NOT NULL
table search_sync_state.generation integer NOT NULL
table search_sync_state.confirmed_lsn pg_lsn NOT NULL
table search_sync_state.searchable_lsn pg_lsn NOT NULL
table search_sync_state.updated_at timestamp with time zone NOT NULL DEFAULT now()
table search_sync_state.acknowledged_lsn pg_lsn
table search_sync_state.request text NOT NULL DEFAULT ''::text
table search_sync_state.outcome text NOT NULL DEFAULT ''::text
table search_synonyms.store_id bigint NOT NULL
table search_synonyms.rules text[] NOT NULL
table search_synonyms.starter boolean NOT NULL
table search_synonyms.version integer NOT NULL DEFAULT 1
table search_synonyms.updated_at timestamp with time zone NOT NULL DEFAULT now()
table search_texts.store_id bigint NOT NULL
table search_texts.day date NOT NULL
table search_texts.text text NOT NULL
table search_texts.searches bigint NOT NULL DEFAULT 0
table search_texts.zero_results bigint NOT NULL DEFAULT 0
table search_texts.clicks bigint NOT NULL DEFAULT 0
table search_texts.cart_adds bigint NOT NULL DEFAULT 0
table search_texts.orders bigint NOT NULL DEFAULT 0
table search_texts.positions bigint NOT NULL DEFAULT 0
table search_walks.slot text NOT NULL
table search_walks.generation integer NOT NULL
table search_walks.run text NOT NULL
table search_walks.steps integer NOT NULL DEFAULT 0
table search_walks.after_store_id bigint NOT NULL DEFAULT 0
table search_walks.after_product_id bigint NOT NULL DEFAULT 0
table search_walks.whole boolean NOT NULL DEFAULT false
table search_walks.products bigint NOT NULL DEFAULT 0
table search_walks.total bigint NOT NULL
table search_walks.refused text NOT NULL DEFAULT ''::text
table search_walks.started_at timestamp with time zone NOT NULL DEFAULT now()
table search_walks.updated_at timestamp with time zone NOT NULL DEFAULT now()
table search_walks.live_at timestamp with time zone
table sessions.id bigint NOT NULL IDENTITY ALWAYS
table sessions.merchant_id bigint NOT NULL
table sessions.token_hash bytea NOT NULL
table sessions.address text NOT NULL DEFAULT ''::text
table sessions.created_at timestamp with time zone NOT NULL
table sessions.last_used_at timestamp with time zone NOT NULL
table sessions.expires_at timestamp with time zone NOT NULL
table sign_in_throttles.key bytea NOT NULL
table sign_in_throttles.failures integer NOT NULL
table sign_in_throttles.failed_at timestamp with time zone NOT NULL
table sign_in_throttles.blocked_until timestamp with time zone NOT NULL
table sign_in_throttles.trusted_until timestamp with time zone NOT NULL
table sign_in_throttles.forget_at timestamp with time zone NOT NULL
table signing_keys.name text NOT NULL
table signing_keys.key bytea NOT NULL
table staff_invitations.store_id bigint NOT NULL
table staff_invitations.id bigint NOT NULL IDENTITY ALWAYS
table staff_invitations.email text NOT NULL
table staff_invitations.role text NOT NULL
table staff_invitations.token_hash bytea NOT NULL
table staff_invitations.created_at timestamp with time zone NOT NULL
table staff_invitations.expires_at timestamp with time zone NOT NULL
table stock_reservations.store_id bigint NOT NULL
table stock_reservations.order_id bigint NOT NULL
table stock_reservations.line_id bigint NOT NULL
table stock_reservations.location_id bigint NOT NULL
table stock_reservations.variant_id bigint NOT NULL
table stock_reservations.quantity integer NOT NULL
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
table stores.accent_color text
table stores.logo_url text NOT NULL DEFAULT ''::text
table stores.time_zone text NOT NULL DEFAULT 'UTC'::text
table tax_rates.store_id bigint NOT NULL
table tax_rates.country text NOT NULL
table tax_rates.province text NOT NULL DEFAULT ''::text
table tax_rates.title text NOT NULL
table tax_rates.rate integer NOT NULL
table tax_settings.store_id bigint NOT NULL
table tax_settings.prices_include_tax boolean NOT NULL
table tax_settings.tax_delivery boolean NOT NULL
table tax_settings.country text NOT NULL
table tax_settings.province text NOT NULL DEFAULT ''::text
table tax_settings.version integer NOT NULL DEFAULT 1
table tax_settings.updated_at timestamp with time zone NOT NULL DEFAULT now()
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
table webhook_deliveries.store_id bigint NOT NULL
table webhook_deliveries.subscription_id bigint NOT NULL
table webhook_deliveries.event_id bigint NOT NULL
table webhook_deliveries.subject text NOT NULL
table webhook_deliveries.state text NOT NULL DEFAULT 'WAITING'::text
table webhook_deliveries.created_at timestamp with time zone NOT NULL DEFAULT now()
table webhook_deliveries.next_at timestamp with time zone NOT NULL DEFAULT now()
table webhook_deliveries.attempts integer NOT NULL DEFAULT 0
table webhook_deliveries.error text NOT NULL DEFAULT ''::text
table webhook_deliveries.ended_at timestamp with time zone
table webhook_secrets.store_id bigint NOT NULL
table webhook_secrets.subscription_id bigint NOT NULL
table webhook_secrets.id bigint NOT NULL IDENTITY ALWAYS
table webhook_secrets.secret text NOT NULL
table webhook_secrets.ends_at timestamp with time zone NOT NULL
table webhook_subscriptions.store_id bigint NOT NULL
table webhook_subscriptions.id bigint NOT NULL IDENTITY ALWAYS
table webhook_subscriptions.url text NOT NULL
table webhook_subscriptions.topics text[] NOT NULL
table webhook_subscriptions.secret text NOT NULL
table webhook_subscriptions.created_at timestamp with time zone NOT NULL DEFAULT now()
table webhook_subscriptions.next_at timestamp with time zone
table webhook_subscriptions.lease text NOT NULL DEFAULT ''::text
table webhook_subscriptions.failures integer NOT NULL DEFAULT 0
table webhook_subscriptions.rests_until timestamp with time zone NOT NULL DEFAULT now()
table webhook_subscriptions.failing_since timestamp with time zone
table webhook_subscriptions.delivered_at timestamp with time zone
table webhook_subscriptions.last_error text NOT NULL DEFAULT ''::text
table webhook_subscriptions.dead bigint NOT NULL DEFAULT 0
table webhook_subscriptions.disabled_at timestamp with time zone
table webhook_subscriptions.paused_at timestamp with time zone
table webhook_subscriptions.resumed_at timestamp with time zone
table webhook_subscriptions.tried_at timestamp with time zone
table webhook_subscriptions.tried_event bigint NOT NULL DEFAULT 0
table webhook_subscriptions.tried_topic text NOT NULL DEFAULT ''::text
table webhook_subscriptions.tried_status integer NOT NULL DEFAULT 0
table webhook_subscriptions.tried_error text NOT NULL DEFAULT ''::text
constraint api_keys api_keys_name_check: CHECK ((name <> ''::text))
constraint api_keys api_keys_pkey: PRIMARY KEY (store_id, id)
constraint api_keys api_keys_previous_hash_check: CHECK ((length(previous_hash) = 32))
constraint api_keys api_keys_store_id_fkey: FOREIGN KEY (store_id) REFERENCES stores(id) ON DELETE CASCADE
constraint api_keys api_keys_token_hash_check: CHECK ((length(token_hash) = 32))
constraint audit_log audit_log_action_check: CHECK ((action <> ''::text))
constraint audit_log audit_log_pkey: PRIMARY KEY (store_id, id)
constraint card_events card_events_pkey: PRIMARY KEY (store_id, event_id)
constraint card_events card_events_store_id_fkey: FOREIGN KEY (store_id) REFERENCES stores(id) ON DELETE CASCADE
constraint card_payments card_payments_amount_minor_check: CHECK ((amount_minor >= 0))
constraint card_payments card_payments_check: CHECK (((NOT settles) OR (status = 'SUCCEEDED'::text)))
constraint card_payments card_payments_pkey: PRIMARY KEY (store_id, intent_id)
constraint card_payments card_payments_status_check: CHECK ((status = ANY (ARRAY['PENDING'::text, 'SUCCEEDED'::text, 'CANCELED'::text])))
constraint card_payments card_payments_store_id_order_id_fkey: FOREIGN KEY (store_id, order_id) REFERENCES orders(store_id, id) ON DELETE CASCADE
constraint card_refunds card_refunds_amount_minor_check: CHECK ((amount_minor > 0))
constraint card_refunds card_refunds_check: CHECK (((reason = 'REFUND'::text) = (refund_id IS NOT NULL)))
constraint card_refunds card_refunds_pkey: PRIMARY KEY (store_id, id)
constraint card_refunds card_refunds_reason_check: CHECK ((reason = ANY (ARRAY['REFUND'::text, 'ORDER_CANCELED'::text, 'ORDER_PAID'::text, 'ORDER_LAPSED'::text, 'AMOUNT_DIFFERS'::text])))
constraint card_refunds card_refunds_state_check: CHECK ((state = ANY (ARRAY['DUE'::text, 'SENT'::text, 'SETTLED'::text, 'FAILED'::text])))
constraint card_refunds card_refunds_store_id_intent_id_fkey: FOREIGN KEY (store_id, intent_id) REFERENCES card_payments(store_id, intent_id) ON DELETE CASCADE
constraint card_reversals card_reversals_amount_minor_check: CHECK ((amount_minor >= 0))
constraint card_reversals card_reversals_check: CHECK ((((kind = 'REFUND'::text) AND (state = ANY (ARRAY['SENT'::text, 'SETTLED'::text, 'FAILED'::text]))) OR ((kind = 'DISPUTE'::text) AND (state = ANY (ARRAY['OPEN'::text, 'WON'::text, 'LOST'::text])))))
constraint card_reversals card_reversals_check1: CHECK (((booked_minor >= 0) AND (booked_minor <= amount_minor)))
constraint card_reversals card_reversals_check2: CHECK (((booked_minor > 0) = (refund_id IS NOT NULL)))
constraint card_reversals card_reversals_kind_check: CHECK ((kind = ANY (ARRAY['REFUND'::text, 'DISPUTE'::text])))
constraint card_reversals card_reversals_pkey: PRIMARY KEY (store_id, provider_id)
constraint card_reversals card_reversals_store_id_intent_id_fkey: FOREIGN KEY (store_id, intent_id) REFERENCES card_payments(store_id, intent_id) ON DELETE CASCADE
constraint carts carts_key_check: CHECK ((length(key) >= 22))
constraint carts carts_pkey: PRIMARY KEY (store_id, id)
constraint carts carts_store_id_fkey: FOREIGN KEY (store_id) REFERENCES stores(id) ON DELETE CASCADE
constraint collection_products collection_products_pkey: PRIMARY KEY (store_id, collection_id, product_id)
constraint collection_products collection_products_store_id_collection_id_fkey: FOREIGN KEY (store_id, collection_id) REFERENCES collections(store_id, id) ON DELETE CASCADE
constraint collection_products collection_products_store_id_product_id_fkey: FOREIGN KEY (store_id, product_id) REFERENCES products(store_id, id) ON DELETE CASCADE
constraint collection_redirects collection_redirects_handle_check: CHECK ((handle <> ''::text))
constraint collection_redirects collection_redirects_pkey: PRIMARY KEY (store_id, handle)
constraint collection_redirects collection_redirects_store_id_collection_id_fkey: FOREIGN KEY (store_id, collection_id) REFERENCES collections(store_id, id) ON DELETE CASCADE
constraint collections collections_handle_check: CHECK ((handle <> ''::text))
constraint collections collections_pkey: PRIMARY KEY (store_id, id)
constraint collections collections_rule_set_check: CHECK (((jsonb_typeof((rule_set -> 'rules'::text)) = 'array'::text) AND (jsonb_typeof((rule_set -> 'any'::text)) = 'boolean'::text)))
constraint collections collections_sort_order_check: CHECK ((sort_order = ANY (ARRAY['ALPHA_ASC'::text, 'ALPHA_DESC'::text, 'BEST_SELLING'::text, 'CREATED'::text, 'CREATED_DESC'::text, 'MANUAL'::text, 'PRICE_ASC'::text, 'PRICE_DESC'::text])))
constraint collections collections_store_id_fkey: FOREIGN KEY (store_id) REFERENCES stores(id)
constraint collections collections_store_id_handle_key: UNIQUE (store_id, handle)
constraint collections collections_title_check: CHECK ((title <> ''::text))
constraint customer_addresses customer_addresses_pkey: PRIMARY KEY (store_id, customer_id, id)
constraint customer_addresses customer_addresses_store_id_customer_id_fkey: FOREIGN KEY (store_id, customer_id) REFERENCES customers(store_id, id) ON DELETE CASCADE
constraint customer_codes customer_codes_contact_check: CHECK ((contact <> ''::text))
constraint customer_codes customer_codes_pkey: PRIMARY KEY (store_id, contact)
constraint customer_codes customer_codes_salt_check: CHECK ((octet_length(salt) = 16))
constraint customer_codes customer_codes_store_id_fkey: FOREIGN KEY (store_id) REFERENCES stores(id) ON DELETE CASCADE
constraint customer_codes customer_codes_sum_check: CHECK ((octet_length(sum) = 32))
constraint customer_tokens customer_tokens_pkey: PRIMARY KEY (store_id, token_hash)
constraint customer_tokens customer_tokens_store_id_customer_id_fkey: FOREIGN KEY (store_id, customer_id) REFERENCES customers(store_id, id) ON DELETE CASCADE
constraint customer_tokens customer_tokens_token_hash_check: CHECK ((octet_length(token_hash) = 32))
constraint customers customers_check: CHECK (((email = ''::text) <> (phone = ''::text)))
constraint customers customers_default_address: FOREIGN KEY (store_id, id, default_address_id) REFERENCES customer_addresses(store_id, customer_id, id) ON DELETE SET NULL (default_address_id)
constraint customers customers_pkey: PRIMARY KEY (store_id, id)
constraint customers customers_store_id_fkey: FOREIGN KEY (store_id) REFERENCES stores(id) ON DELETE CASCADE
constraint delivery_areas delivery_areas_country_check: CHECK ((country ~ '^([A-Z]{2}|[*])$'::text))
constraint delivery_areas delivery_areas_pkey: PRIMARY KEY (store_id, country, province)
constraint delivery_areas delivery_areas_store_id_zone_fkey: FOREIGN KEY (store_id, zone) REFERENCES delivery_zones(store_id, "position") ON DELETE CASCADE
constraint delivery_rates delivery_rates_check: CHECK ((cardinality(band_grams) = cardinality(band_prices)))
constraint delivery_rates delivery_rates_free_from_minor_check: CHECK (((free_from_minor >= 0) AND (free_from_minor <= '1000000000000000'::bigint)))
constraint delivery_rates delivery_rates_handle_check: CHECK ((handle <> ''::text))
constraint delivery_rates delivery_rates_pkey: PRIMARY KEY (store_id, handle)
constraint delivery_rates delivery_rates_price_minor_check: CHECK (((price_minor >= 0) AND (price_minor <= '1000000000000000'::bigint)))
constraint delivery_rates delivery_rates_store_id_zone_fkey: FOREIGN KEY (store_id, zone) REFERENCES delivery_zones(store_id, "position") ON DELETE CASCADE
constraint delivery_rates delivery_rates_title_check: CHECK ((title <> ''::text))
constraint delivery_settings delivery_settings_pkey: PRIMARY KEY (store_id)
constraint delivery_settings delivery_settings_store_id_fkey: FOREIGN KEY (store_id) REFERENCES stores(id) ON DELETE CASCADE
constraint delivery_zones delivery_zones_name_check: CHECK ((name <> ''::text))
constraint delivery_zones delivery_zones_pkey: PRIMARY KEY (store_id, "position")
constraint delivery_zones delivery_zones_store_id_fkey: FOREIGN KEY (store_id) REFERENCES stores(id) ON DELETE CASCADE
constraint discount_uses discount_uses_pkey: PRIMARY KEY (store_id, order_id, discount_id)
constraint discount_uses discount_uses_store_id_discount_id_fkey: FOREIGN KEY (store_id, discount_id) REFERENCES discounts(store_id, id) ON DELETE CASCADE
constraint discounts discounts_amount_minor_check: CHECK (((amount_minor >= 0) AND (amount_minor <= '1000000000000000'::bigint)))
constraint discounts discounts_check: CHECK ((ends_at > starts_at))
constraint discounts discounts_check1: CHECK (((type <> 'BUY_X_GET_Y'::text) OR ((buys_quantity > 0) AND (gets_quantity > 0))))
constraint discounts discounts_code_check: CHECK ((code <> ''::text))
constraint discounts discounts_code_key_check: CHECK ((code_key <> ''::text))
constraint discounts discounts_minimum_quantity_check: CHECK ((minimum_quantity > 0))
constraint discounts discounts_minimum_subtotal_minor_check: CHECK (((minimum_subtotal_minor >= 0) AND (minimum_subtotal_minor <= '1000000000000000'::bigint)))
constraint discounts discounts_pkey: PRIMARY KEY (store_id, id)
constraint discounts discounts_rate_check: CHECK (((rate >= 0) AND (rate <= 1000000)))
constraint discounts discounts_store_id_code_key_key: UNIQUE (store_id, code_key)
constraint discounts discounts_store_id_fkey: FOREIGN KEY (store_id) REFERENCES stores(id) ON DELETE CASCADE
constraint discounts discounts_type_check: CHECK ((type = ANY (ARRAY['PERCENTAGE'::text, 'FIXED_AMOUNT'::text, 'FREE_SHIPPING'::text, 'BUY_X_GET_Y'::text])))
constraint discounts discounts_usage_count_check: CHECK ((usage_count >= 0))
constraint discounts discounts_usage_limit_check: CHECK ((usage_limit > 0))
constraint discounts discounts_uses_per_order_check: CHECK ((uses_per_order > 0))
constraint idempotency_keys idempotency_keys_key_hash_check: CHECK ((octet_length(key_hash) = 32))
constraint idempotency_keys idempotency_keys_payload_hash_check: CHECK ((octet_length(payload_hash) = 32))
constraint idempotency_keys idempotency_keys_pkey: PRIMARY KEY (store_id, key_hash)
constraint inventory_ledger inventory_ledger_pkey: PRIMARY KEY (store_id, variant_id, id)
constraint inventory_ledger inventory_ledger_reason_check: CHECK ((reason = ANY (ARRAY['CORRECTION'::text, 'CYCLE_COUNT'::text, 'DAMAGED'::text, 'RECEIVED'::text, 'RESTOCK'::text, 'SHRINKAGE'::text, 'PROMOTION'::text, 'TRANSFER'::text, 'OTHER'::text, 'OPENING'::text, 'IMPORT'::text, 'ORDER'::text, 'DELETED'::text])))
constraint inventory_levels inventory_levels_pkey: PRIMARY KEY (store_id, variant_id, location_id)
constraint inventory_levels inventory_levels_reserved_check: CHECK ((reserved >= 0))
constraint inventory_levels inventory_levels_store_id_location_id_fkey: FOREIGN KEY (store_id, location_id) REFERENCES locations(store_id, id)
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
constraint locations locations_check: CHECK ((active OR (NOT is_default)))
constraint locations locations_name_check: CHECK ((name <> ''::text))
constraint locations locations_pkey: PRIMARY KEY (store_id, id)
constraint locations locations_store_id_fkey: FOREIGN KEY (store_id) REFERENCES stores(id) ON DELETE CASCADE
constraint menus menus_handle_check: CHECK ((handle <> ''::text))
constraint menus menus_items_check: CHECK ((jsonb_typeof(items) = 'array'::text))
constraint menus menus_pkey: PRIMARY KEY (store_id, id)
constraint menus menus_store_id_fkey: FOREIGN KEY (store_id) REFERENCES stores(id)
constraint menus menus_store_id_handle_key: UNIQUE (store_id, handle)
constraint menus menus_title_check: CHECK ((title <> ''::text))
constraint merchants merchants_email_check: CHECK (((email <> ''::text) AND (length(email) <= 254)))
constraint merchants merchants_name_check: CHECK ((name <> ''::text))
constraint merchants merchants_pkey: PRIMARY KEY (id)
constraint metafields metafields_check: CHECK (((owner_kind <> 'Store'::text) OR (owner_id = store_id)))
constraint metafields metafields_key_check: CHECK ((key <> ''::text))
constraint metafields metafields_namespace_check: CHECK ((namespace <> ''::text))
constraint metafields metafields_owner_kind_check: CHECK ((owner_kind = ANY (ARRAY['Product'::text, 'ProductVariant'::text, 'Collection'::text, 'Page'::text, 'Store'::text])))
constraint metafields metafields_pkey: PRIMARY KEY (store_id, owner_kind, owner_id, namespace, key)
constraint metafields metafields_store_id_collection_id_fkey: FOREIGN KEY (store_id, collection_id) REFERENCES collections(store_id, id) ON DELETE CASCADE
constraint metafields metafields_store_id_fkey: FOREIGN KEY (store_id) REFERENCES stores(id) ON DELETE CASCADE
constraint metafields metafields_store_id_id_key: UNIQUE (store_id, id)
constraint metafields metafields_store_id_page_id_fkey: FOREIGN KEY (store_id, page_id) REFERENCES pages(store_id, id) ON DELETE CASCADE
constraint metafields metafields_store_id_product_id_fkey: FOREIGN KEY (store_id, product_id) REFERENCES products(store_id, id) ON DELETE CASCADE
constraint metafields metafields_store_id_variant_id_fkey: FOREIGN KEY (store_id, variant_id) REFERENCES product_variants(store_id, id) ON DELETE CASCADE
constraint metafields metafields_type_check: CHECK ((type <> ''::text))
constraint order_counters order_counters_pkey: PRIMARY KEY (store_id)
constraint order_counters order_counters_store_id_fkey: FOREIGN KEY (store_id) REFERENCES stores(id) ON DELETE CASCADE
constraint order_events order_events_pkey: PRIMARY KEY (store_id, order_id, id)
constraint order_events order_events_store_id_order_id_fkey: FOREIGN KEY (store_id, order_id) REFERENCES orders(store_id, id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
constraint order_fulfillments order_fulfillments_pkey: PRIMARY KEY (store_id, order_id, id)
constraint order_fulfillments order_fulfillments_store_id_order_id_fkey: FOREIGN KEY (store_id, order_id) REFERENCES orders(store_id, id) ON DELETE CASCADE
constraint order_lines order_lines_check: CHECK (((refunded >= 0) AND (refunded <= quantity)))
constraint order_lines order_lines_check1: CHECK (((fulfilled + removed) <= quantity))
constraint order_lines order_lines_fulfilled_check: CHECK ((fulfilled >= 0))
constraint order_lines order_lines_pkey: PRIMARY KEY (store_id, order_id, id)
constraint order_lines order_lines_quantity_check: CHECK ((quantity > 0))
constraint order_lines order_lines_removed_check: CHECK ((removed >= 0))
constraint order_lines order_lines_store_id_order_id_fkey: FOREIGN KEY (store_id, order_id) REFERENCES orders(store_id, id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
constraint order_refunds order_refunds_amount_minor_check: CHECK ((amount_minor >= 0))
constraint order_refunds order_refunds_pkey: PRIMARY KEY (store_id, order_id, id)
constraint order_refunds order_refunds_store_id_order_id_fkey: FOREIGN KEY (store_id, order_id) REFERENCES orders(store_id, id) ON DELETE CASCADE
constraint orders orders_cancel_reason_check: CHECK ((cancel_reason = ANY (ARRAY[''::text, 'CUSTOMER'::text, 'DECLINED'::text, 'FRAUD'::text, 'INVENTORY'::text, 'STAFF'::text, 'OTHER'::text, 'PAYMENT_LAPSED'::text])))
constraint orders orders_check: CHECK (((refunded_minor >= 0) AND (refunded_minor <= paid_minor)))
constraint orders orders_delivery_minor_check: CHECK ((delivery_minor >= 0))
constraint orders orders_discount_minor_check: CHECK ((discount_minor >= 0))
constraint orders orders_financial_status_check: CHECK ((financial_status = ANY (ARRAY['PENDING'::text, 'AUTHORIZED'::text, 'PAID'::text, 'PARTIALLY_REFUNDED'::text, 'REFUNDED'::text, 'VOIDED'::text])))
constraint orders orders_fulfillment_status_check: CHECK ((fulfillment_status = ANY (ARRAY['UNFULFILLED'::text, 'PARTIALLY_FULFILLED'::text, 'FULFILLED'::text])))
constraint orders orders_key_check: CHECK ((length(key) >= 22))
constraint orders orders_paid_minor_check: CHECK ((paid_minor >= 0))
constraint orders orders_pkey: PRIMARY KEY (store_id, id)
constraint orders orders_store_id_fkey: FOREIGN KEY (store_id) REFERENCES stores(id) ON DELETE CASCADE
constraint orders orders_subtotal_minor_check: CHECK ((subtotal_minor >= 0))
constraint orders orders_tax_minor_check: CHECK ((tax_minor >= 0))
constraint orders orders_total_minor_check: CHECK ((total_minor >= 0))
constraint outbox outbox_pkey: PRIMARY KEY (store_id, id)
constraint page_redirects page_redirects_handle_check: CHECK ((handle <> ''::text))
constraint page_redirects page_redirects_pkey: PRIMARY KEY (store_id, handle)
constraint page_redirects page_redirects_store_id_page_id_fkey: FOREIGN KEY (store_id, page_id) REFERENCES pages(store_id, id) ON DELETE CASCADE
constraint pages pages_handle_check: CHECK ((handle <> ''::text))
constraint pages pages_pkey: PRIMARY KEY (store_id, id)
constraint pages pages_store_id_fkey: FOREIGN KEY (store_id) REFERENCES stores(id)
constraint pages pages_store_id_handle_key: UNIQUE (store_id, handle)
constraint pages pages_title_check: CHECK ((title <> ''::text))
constraint payment_settings payment_settings_hold_hours_check: CHECK (((hold_hours >= 1) AND (hold_hours <= 336)))
constraint payment_settings payment_settings_pkey: PRIMARY KEY (store_id)
constraint payment_settings payment_settings_store_id_fkey: FOREIGN KEY (store_id) REFERENCES stores(id) ON DELETE CASCADE
constraint pickup_locations pickup_locations_pkey: PRIMARY KEY (store_id, location_id)
constraint pickup_locations pickup_locations_store_id_location_id_fkey: FOREIGN KEY (store_id, location_id) REFERENCES locations(store_id, id) ON DELETE CASCADE
constraint product_media product_media_pkey: PRIMARY KEY (store_id, id)
constraint product_media product_media_store_id_product_id_fkey: FOREIGN KEY (store_id, product_id) REFERENCES products(store_id, id) ON DELETE CASCADE
constraint product_media product_media_store_id_product_id_id_key: UNIQUE (store_id, product_id, id)
constraint product_media product_media_url_check: CHECK ((url <> ''::text))
constraint product_options product_options_name_check: CHECK ((name <> ''::text))
constraint product_options product_options_pkey: PRIMARY KEY (store_id, id)
constraint product_options product_options_store_id_product_id_fkey: FOREIGN KEY (store_id, product_id) REFERENCES products(store_id, id) ON DELETE CASCADE
constraint product_options product_options_store_id_product_id_id_key: UNIQUE (store_id, product_id, id)
constraint product_options product_options_values_check: CHECK ((array_position("values", NULL::text) IS NULL))
constraint product_redirects product_redirects_handle_check: CHECK ((handle <> ''::text))
constraint product_redirects product_redirects_pkey: PRIMARY KEY (store_id, handle)
constraint product_redirects product_redirects_store_id_product_id_fkey: FOREIGN KEY (store_id, product_id) REFERENCES products(store_id, id) ON DELETE CASCADE
constraint product_tax_rates product_tax_rates_country_check: CHECK ((country ~ '^[A-Z]{2}$'::text))
constraint product_tax_rates product_tax_rates_pkey: PRIMARY KEY (store_id, product_id, country, province)
constraint product_tax_rates product_tax_rates_rate_check: CHECK (((rate >= 0) AND (rate <= 10000000)))
constraint product_tax_rates product_tax_rates_store_id_product_id_fkey: FOREIGN KEY (store_id, product_id) REFERENCES products(store_id, id) ON DELETE CASCADE
constraint product_tax_rates product_tax_rates_title_check: CHECK ((title <> ''::text))
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
constraint products products_popularity_check: CHECK ((popularity >= 0))
constraint products products_status_check: CHECK ((status = ANY (ARRAY['ACTIVE'::text, 'DRAFT'::text, 'ARCHIVED'::text])))
constraint products products_store_id_fkey: FOREIGN KEY (store_id) REFERENCES stores(id)
constraint products products_store_id_handle_key: UNIQUE (store_id, handle)
constraint products products_tags_check: CHECK ((array_position(tags, NULL::text) IS NULL))
constraint products products_title_check: CHECK ((title <> ''::text))
constraint replica_heartbeat replica_heartbeat_id_check: CHECK (id)
constraint replica_heartbeat replica_heartbeat_pkey: PRIMARY KEY (id)
constraint sales_changes sales_changes_pkey: PRIMARY KEY (store_id, id)
constraint search_canary search_canary_pkey: PRIMARY KEY (store_id, product_id)
constraint search_canary search_canary_product_id_check: CHECK ((product_id = 0))
constraint search_canary search_canary_store_id_check: CHECK ((store_id = 0))
constraint search_days search_days_pkey: PRIMARY KEY (store_id, day)
constraint search_days search_days_store_id_fkey: FOREIGN KEY (store_id) REFERENCES stores(id) ON DELETE CASCADE
constraint search_dead_letters search_dead_letters_pkey: PRIMARY KEY (store_id, product_id, index_name)
constraint search_facets search_facets_metafields_check: CHECK ((jsonb_typeof(metafields) = 'array'::text))
constraint search_facets search_facets_pkey: PRIMARY KEY (store_id)
constraint search_facets search_facets_store_id_fkey: FOREIGN KEY (store_id) REFERENCES stores(id) ON DELETE CASCADE
constraint search_facets search_facets_swatches_check: CHECK ((jsonb_typeof(swatches) = 'array'::text))
constraint search_rules search_rules_check: CHECK ((starts_at < ends_at))
constraint search_rules search_rules_pkey: PRIMARY KEY (store_id, id)
constraint search_rules search_rules_store_id_fkey: FOREIGN KEY (store_id) REFERENCES stores(id) ON DELETE CASCADE
constraint search_rules search_rules_title_check: CHECK ((title <> ''::text))
constraint search_sweeps search_sweeps_pkey: PRIMARY KEY (slot)
constraint search_sync_state search_sync_state_pkey: PRIMARY KEY (slot)
constraint search_synonyms search_synonyms_pkey: PRIMARY KEY (store_id)
constraint search_synonyms search_synonyms_store_id_fkey: FOREIGN KEY (store_id) REFERENCES stores(id) ON DELETE CASCADE
constraint search_texts search_texts_pkey: PRIMARY KEY (store_id, day, text)
constraint search_texts search_texts_store_id_day_fkey: FOREIGN KEY (store_id, day) REFERENCES search_days(store_id, day) ON DELETE CASCADE
constraint search_texts search_texts_text_check: CHECK ((text <> ''::text))
constraint search_walks search_walks_pkey: PRIMARY KEY (slot)
constraint sessions sessions_merchant_id_fkey: FOREIGN KEY (merchant_id) REFERENCES merchants(id) ON DELETE CASCADE
constraint sessions sessions_pkey: PRIMARY KEY (id)
constraint sessions sessions_token_hash_check: CHECK ((length(token_hash) = 32))
constraint sign_in_throttles sign_in_throttles_key_check: CHECK ((length(key) = 32))
constraint sign_in_throttles sign_in_throttles_pkey: PRIMARY KEY (key)
constraint signing_keys signing_keys_key_check: CHECK ((octet_length(key) >= 32))
constraint signing_keys signing_keys_pkey: PRIMARY KEY (name)
constraint staff_invitations staff_invitations_email_check: CHECK ((email <> ''::text))
constraint staff_invitations staff_invitations_pkey: PRIMARY KEY (store_id, id)
constraint staff_invitations staff_invitations_role_check: CHECK ((role = ANY (ARRAY['OWNER'::text, 'MANAGER'::text, 'PACKER'::text])))
constraint staff_invitations staff_invitations_store_id_fkey: FOREIGN KEY (store_id) REFERENCES stores(id) ON DELETE CASCADE
constraint staff_invitations staff_invitations_token_hash_check: CHECK ((length(token_hash) = 32))
constraint stock_reservations stock_reservations_pkey: PRIMARY KEY (store_id, order_id, line_id, location_id)
constraint stock_reservations stock_reservations_quantity_check: CHECK ((quantity > 0))
constraint store_staff store_staff_pkey: PRIMARY KEY (store_id, merchant_id)
constraint store_staff store_staff_role_check: CHECK ((role = ANY (ARRAY['OWNER'::text, 'MANAGER'::text, 'PACKER'::text])))
constraint store_staff store_staff_store_id_fkey: FOREIGN KEY (store_id) REFERENCES stores(id) ON DELETE CASCADE
constraint stores stores_accent_color_check: CHECK ((accent_color ~ '^#[0-9a-f]{6}$'::text))
constraint stores stores_currency_check: CHECK ((currency ~ '^[A-Z]{3}$'::text))
constraint stores stores_handle_check: CHECK (((handle ~ '^[a-z0-9]+(-[a-z0-9]+)*$'::text) AND (length(handle) <= 63)))
constraint stores stores_handle_key: UNIQUE (handle)
constraint stores stores_name_check: CHECK ((name <> ''::text))
constraint stores stores_pkey: PRIMARY KEY (id)
constraint stores stores_status_check: CHECK ((status = ANY (ARRAY['DRAFT'::text, 'PUBLISHED'::text])))
constraint stores stores_time_zone_check: CHECK ((time_zone <> ''::text))
constraint tax_rates tax_rates_country_check: CHECK ((country ~ '^[A-Z]{2}$'::text))
constraint tax_rates tax_rates_pkey: PRIMARY KEY (store_id, country, province)
constraint tax_rates tax_rates_rate_check: CHECK (((rate >= 0) AND (rate <= 10000000)))
constraint tax_rates tax_rates_store_id_fkey: FOREIGN KEY (store_id) REFERENCES stores(id) ON DELETE CASCADE
constraint tax_rates tax_rates_title_check: CHECK ((title <> ''::text))
constraint tax_settings tax_settings_country_check: CHECK ((country ~ '^[A-Z]{2}$'::text))
constraint tax_settings tax_settings_pkey: PRIMARY KEY (store_id)
constraint tax_settings tax_settings_store_id_fkey: FOREIGN KEY (store_id) REFERENCES stores(id) ON DELETE CASCADE
constraint upload_chunks upload_chunks_pkey: PRIMARY KEY (store_id, upload_id, n)
constraint upload_chunks upload_chunks_store_id_upload_id_fkey: FOREIGN KEY (store_id, upload_id) REFERENCES uploads(store_id, id) ON DELETE CASCADE
constraint uploads uploads_filename_check: CHECK ((filename <> ''::text))
constraint uploads uploads_pkey: PRIMARY KEY (store_id, id)
constraint uploads uploads_received_check: CHECK ((received >= 0))
constraint uploads uploads_secret_check: CHECK ((secret <> ''::text))
constraint uploads uploads_size_check: CHECK ((size >= 0))
constraint uploads uploads_store_id_fkey: FOREIGN KEY (store_id) REFERENCES stores(id) ON DELETE CASCADE
constraint webhook_deliveries webhook_deliveries_check: CHECK (((state = 'WAITING'::text) = (ended_at IS NULL)))
constraint webhook_deliveries webhook_deliveries_pkey: PRIMARY KEY (store_id, subscription_id, event_id)
constraint webhook_deliveries webhook_deliveries_state_check: CHECK ((state = ANY (ARRAY['WAITING'::text, 'DELIVERED'::text, 'DEAD'::text])))
constraint webhook_deliveries webhook_deliveries_store_id_event_id_fkey: FOREIGN KEY (store_id, event_id) REFERENCES outbox(store_id, id)
constraint webhook_deliveries webhook_deliveries_store_id_subscription_id_fkey: FOREIGN KEY (store_id, subscription_id) REFERENCES webhook_subscriptions(store_id, id) ON DELETE CASCADE
constraint webhook_secrets webhook_secrets_pkey: PRIMARY KEY (store_id, subscription_id, id)
constraint webhook_secrets webhook_secrets_secret_check: CHECK ((secret <> ''::text))
constraint webhook_secrets webhook_secrets_store_id_subscription_id_fkey: FOREIGN KEY (store_id, subscription_id) REFERENCES webhook_subscriptions(store_id, id) ON DELETE CASCADE
constraint webhook_subscriptions webhook_subscriptions_check: CHECK (((disabled_at IS NULL) OR (next_at IS NULL)))
constraint webhook_subscriptions webhook_subscriptions_pkey: PRIMARY KEY (store_id, id)
constraint webhook_subscriptions webhook_subscriptions_secret_check: CHECK ((secret <> ''::text))
constraint webhook_subscriptions webhook_subscriptions_store_id_fkey: FOREIGN KEY (store_id) REFERENCES stores(id) ON DELETE CASCADE
constraint webhook_subscriptions webhook_subscriptions_topics_check: CHECK ((cardinality(topics) > 0))
constraint webhook_subscriptions webhook_subscriptions_url_check: CHECK ((url <> ''::text))
index CREATE UNIQUE INDEX api_keys_pkey ON public.api_keys USING btree (store_id, id)
index CREATE UNIQUE INDEX api_keys_previous ON public.api_keys USING btree (previous_hash) WHERE (previous_hash IS NOT NULL)
index CREATE UNIQUE INDEX api_keys_token ON public.api_keys USING btree (token_hash)
index CREATE UNIQUE INDEX audit_log_pkey ON public.audit_log USING btree (store_id, id)
index CREATE INDEX card_events_at ON public.card_events USING btree (at)
index CREATE UNIQUE INDEX card_events_pkey ON public.card_events USING btree (store_id, event_id)
index CREATE INDEX card_payments_look ON public.card_payments USING btree (look_at) WHERE (look_at IS NOT NULL)
index CREATE INDEX card_payments_order ON public.card_payments USING btree (store_id, order_id)
index CREATE UNIQUE INDEX card_payments_pkey ON public.card_payments USING btree (store_id, intent_id)
index CREATE UNIQUE INDEX card_payments_settles ON public.card_payments USING btree (store_id, order_id) WHERE settles
index CREATE INDEX card_refunds_intent ON public.card_refunds USING btree (store_id, intent_id)
index CREATE INDEX card_refunds_next ON public.card_refunds USING btree (next_at) WHERE (state = ANY (ARRAY['DUE'::text, 'SENT'::text]))
index CREATE INDEX card_refunds_order ON public.card_refunds USING btree (store_id, order_id)
index CREATE UNIQUE INDEX card_refunds_pkey ON public.card_refunds USING btree (store_id, id)
index CREATE INDEX card_refunds_provider ON public.card_refunds USING btree (provider_id) WHERE (provider_id <> ''::text)
index CREATE UNIQUE INDEX card_refunds_refund ON public.card_refunds USING btree (store_id, refund_id) WHERE (refund_id IS NOT NULL)
index CREATE UNIQUE INDEX card_refunds_whole ON public.card_refunds USING btree (store_id, intent_id) WHERE (refund_id IS NULL)
index CREATE INDEX card_reversals_intent ON public.card_reversals USING btree (store_id, intent_id)
index CREATE INDEX card_reversals_order ON public.card_reversals USING btree (store_id, order_id)
index CREATE UNIQUE INDEX card_reversals_pkey ON public.card_reversals USING btree (store_id, provider_id)
index CREATE INDEX carts_idle ON public.carts USING btree (updated_at)
index CREATE UNIQUE INDEX carts_pkey ON public.carts USING btree (store_id, id)
index CREATE UNIQUE INDEX collection_products_identity ON public.collection_products USING btree (store_id, product_id, collection_id)
index CREATE UNIQUE INDEX collection_products_pkey ON public.collection_products USING btree (store_id, collection_id, product_id)
index CREATE INDEX collection_products_position ON public.collection_products USING btree (store_id, collection_id, "position", product_id)
index CREATE INDEX collection_redirects_collection ON public.collection_redirects USING btree (store_id, collection_id)
index CREATE UNIQUE INDEX collection_redirects_pkey ON public.collection_redirects USING btree (store_id, handle)
index CREATE INDEX collections_automatic ON public.collections USING btree (store_id, id) WHERE (rule_set IS NOT NULL)
index CREATE UNIQUE INDEX collections_pkey ON public.collections USING btree (store_id, id)
index CREATE UNIQUE INDEX collections_store_id_handle_key ON public.collections USING btree (store_id, handle)
index CREATE UNIQUE INDEX customer_addresses_pkey ON public.customer_addresses USING btree (store_id, customer_id, id)
index CREATE INDEX customer_codes_expires ON public.customer_codes USING btree (expires_at)
index CREATE UNIQUE INDEX customer_codes_pkey ON public.customer_codes USING btree (store_id, contact)
index CREATE INDEX customer_tokens_customer ON public.customer_tokens USING btree (store_id, customer_id, created_at)
index CREATE INDEX customer_tokens_expires ON public.customer_tokens USING btree (expires_at)
index CREATE UNIQUE INDEX customer_tokens_pkey ON public.customer_tokens USING btree (store_id, token_hash)
index CREATE UNIQUE INDEX customers_contact ON public.customers USING btree (store_id, email, phone)
index CREATE INDEX customers_name ON public.customers USING btree (store_id, lower(((last_name || ' '::text) || first_name)) COLLATE "C", id)
index CREATE UNIQUE INDEX customers_pkey ON public.customers USING btree (store_id, id)
index CREATE INDEX customers_updated_at ON public.customers USING btree (store_id, updated_at, id)
index CREATE UNIQUE INDEX delivery_areas_pkey ON public.delivery_areas USING btree (store_id, country, province)
index CREATE INDEX delivery_areas_zone ON public.delivery_areas USING btree (store_id, zone)
index CREATE UNIQUE INDEX delivery_rates_pkey ON public.delivery_rates USING btree (store_id, handle)
index CREATE INDEX delivery_rates_zone ON public.delivery_rates USING btree (store_id, zone)
index CREATE UNIQUE INDEX delivery_settings_pkey ON public.delivery_settings USING btree (store_id)
index CREATE UNIQUE INDEX delivery_zones_pkey ON public.delivery_zones USING btree (store_id, "position")
index CREATE INDEX discount_uses_customer ON public.discount_uses USING btree (store_id, discount_id, customer)
index CREATE UNIQUE INDEX discount_uses_once ON public.discount_uses USING btree (store_id, discount_id, customer) WHERE once
index CREATE UNIQUE INDEX discount_uses_pkey ON public.discount_uses USING btree (store_id, order_id, discount_id)
index CREATE UNIQUE INDEX discounts_pkey ON public.discounts USING btree (store_id, id)
index CREATE UNIQUE INDEX discounts_store_id_code_key_key ON public.discounts USING btree (store_id, code_key)
index CREATE INDEX idempotency_keys_created_idx ON public.idempotency_keys USING btree (created_at)
index CREATE UNIQUE INDEX idempotency_keys_pkey ON public.idempotency_keys USING btree (store_id, key_hash)
index CREATE UNIQUE INDEX inventory_ledger_pkey ON public.inventory_ledger USING btree (store_id, variant_id, id)
index CREATE UNIQUE INDEX inventory_levels_pkey ON public.inventory_levels USING btree (store_id, variant_id, location_id)
index CREATE UNIQUE INDEX job_rejections_pkey ON public.job_rejections USING btree (store_id, job_id, id)
index CREATE INDEX jobs_input ON public.jobs USING btree (store_id, upload_id) WHERE (upload_id IS NOT NULL)
index CREATE INDEX jobs_open ON public.jobs USING btree (store_id, id) WHERE (state = ANY (ARRAY['QUEUED'::text, 'RUNNING'::text]))
index CREATE UNIQUE INDEX jobs_pkey ON public.jobs USING btree (store_id, id)
index CREATE INDEX jobs_result ON public.jobs USING btree (store_id, result_id) WHERE (result_id IS NOT NULL)
index CREATE UNIQUE INDEX jobs_running ON public.jobs USING btree (store_id) WHERE (state = 'RUNNING'::text)
index CREATE INDEX jobs_served ON public.jobs USING btree (store_id, started_at)
index CREATE UNIQUE INDEX locations_default ON public.locations USING btree (store_id) WHERE is_default
index CREATE UNIQUE INDEX locations_name ON public.locations USING btree (store_id, lower(name))
index CREATE UNIQUE INDEX locations_pkey ON public.locations USING btree (store_id, id)
index CREATE UNIQUE INDEX menus_pkey ON public.menus USING btree (store_id, id)
index CREATE UNIQUE INDEX menus_store_id_handle_key ON public.menus USING btree (store_id, handle)
index CREATE UNIQUE INDEX merchants_email ON public.merchants USING btree (lower(email))
index CREATE UNIQUE INDEX merchants_pkey ON public.merchants USING btree (id)
index CREATE INDEX metafields_collection ON public.metafields USING btree (store_id, collection_id) WHERE (collection_id IS NOT NULL)
index CREATE INDEX metafields_page ON public.metafields USING btree (store_id, page_id) WHERE (page_id IS NOT NULL)
index CREATE UNIQUE INDEX metafields_pkey ON public.metafields USING btree (store_id, owner_kind, owner_id, namespace, key)
index CREATE INDEX metafields_product ON public.metafields USING btree (store_id, product_id) WHERE (product_id IS NOT NULL)
index CREATE UNIQUE INDEX metafields_store_id_id_key ON public.metafields USING btree (store_id, id)
index CREATE INDEX metafields_variant ON public.metafields USING btree (store_id, variant_id) WHERE (variant_id IS NOT NULL)
index CREATE UNIQUE INDEX order_counters_pkey ON public.order_counters USING btree (store_id)
index CREATE UNIQUE INDEX order_events_pkey ON public.order_events USING btree (store_id, order_id, id)
index CREATE UNIQUE INDEX order_fulfillments_pkey ON public.order_fulfillments USING btree (store_id, order_id, id)
index CREATE UNIQUE INDEX order_lines_pkey ON public.order_lines USING btree (store_id, order_id, id)
index CREATE INDEX order_lines_product ON public.order_lines USING btree (store_id, product_id, order_id)
index CREATE UNIQUE INDEX order_refunds_pkey ON public.order_refunds USING btree (store_id, order_id, id)
index CREATE UNIQUE INDEX orders_cart ON public.orders USING btree (store_id, cart_id)
index CREATE INDEX orders_email ON public.orders USING btree (store_id, email) WHERE (email <> ''::text)
index CREATE INDEX orders_hold ON public.orders USING btree (hold_expires_at) WHERE ((hold_expires_at IS NOT NULL) AND (cancelled_at IS NULL) AND (financial_status = 'PENDING'::text) AND (fulfillment_status = 'UNFULFILLED'::text))
index CREATE UNIQUE INDEX orders_number ON public.orders USING btree (store_id, number)
index CREATE INDEX orders_phone ON public.orders USING btree (store_id, phone) WHERE (phone <> ''::text)
index CREATE UNIQUE INDEX orders_pkey ON public.orders USING btree (store_id, id)
index CREATE UNIQUE INDEX outbox_pkey ON public.outbox USING btree (store_id, id)
index CREATE INDEX outbox_told ON public.outbox USING btree (told_at) WHERE (told_at IS NOT NULL)
index CREATE INDEX outbox_untold ON public.outbox USING btree (id) WHERE (told_at IS NULL)
index CREATE INDEX page_redirects_page ON public.page_redirects USING btree (store_id, page_id)
index CREATE UNIQUE INDEX page_redirects_pkey ON public.page_redirects USING btree (store_id, handle)
index CREATE UNIQUE INDEX pages_pkey ON public.pages USING btree (store_id, id)
index CREATE UNIQUE INDEX pages_store_id_handle_key ON public.pages USING btree (store_id, handle)
index CREATE UNIQUE INDEX payment_settings_pkey ON public.payment_settings USING btree (store_id)
index CREATE UNIQUE INDEX pickup_locations_pkey ON public.pickup_locations USING btree (store_id, location_id)
index CREATE UNIQUE INDEX product_media_pkey ON public.product_media USING btree (store_id, id)
index CREATE INDEX product_media_position ON public.product_media USING btree (store_id, product_id, "position", id)
index CREATE UNIQUE INDEX product_media_store_id_product_id_id_key ON public.product_media USING btree (store_id, product_id, id)
index CREATE UNIQUE INDEX product_options_pkey ON public.product_options USING btree (store_id, id)
index CREATE UNIQUE INDEX product_options_store_id_product_id_id_key ON public.product_options USING btree (store_id, product_id, id)
index CREATE UNIQUE INDEX product_redirects_pkey ON public.product_redirects USING btree (store_id, handle)
index CREATE INDEX product_redirects_product ON public.product_redirects USING btree (store_id, product_id)
index CREATE UNIQUE INDEX product_tax_rates_pkey ON public.product_tax_rates USING btree (store_id, product_id, country, province)
index CREATE INDEX product_variants_cheapest ON public.product_variants USING btree (store_id, product_id, price_minor, id)
index CREATE UNIQUE INDEX product_variants_pkey ON public.product_variants USING btree (store_id, id)
index CREATE INDEX product_variants_position ON public.product_variants USING btree (store_id, product_id, "position", id)
index CREATE INDEX product_variants_price ON public.product_variants USING btree (store_id, price_minor, product_id, id)
index CREATE INDEX product_variants_sku ON public.product_variants USING btree (store_id, sku) WHERE (sku <> ''::text)
index CREATE UNIQUE INDEX product_variants_store_id_product_id_id_key ON public.product_variants USING btree (store_id, product_id, id)
index CREATE INDEX products_created ON public.products USING btree (store_id, created_at, id) WHERE (status = 'ACTIVE'::text)
index CREATE UNIQUE INDEX products_pkey ON public.products USING btree (store_id, id)
index CREATE INDEX products_popularity ON public.products USING btree (store_id, popularity, id) WHERE (status = 'ACTIVE'::text)
index CREATE UNIQUE INDEX products_store_id_handle_key ON public.products USING btree (store_id, handle)
index CREATE INDEX products_title ON public.products USING btree (store_id, lower(title) COLLATE "C", id) WHERE (status = 'ACTIVE'::text)
index CREATE INDEX products_type ON public.products USING btree (store_id, lower(product_type) COLLATE "C", id) WHERE (status = 'ACTIVE'::text)
index CREATE INDEX products_updated ON public.products USING btree (store_id, updated_at, id) WHERE (status = 'ACTIVE'::text)
index CREATE INDEX products_vendor ON public.products USING btree (store_id, lower(vendor) COLLATE "C", id) WHERE (status = 'ACTIVE'::text)
index CREATE UNIQUE INDEX replica_heartbeat_pkey ON public.replica_heartbeat USING btree (id)
index CREATE INDEX sales_changes_oldest ON public.sales_changes USING btree (id)
index CREATE UNIQUE INDEX sales_changes_pkey ON public.sales_changes USING btree (store_id, id)
index CREATE UNIQUE INDEX search_canary_pkey ON public.search_canary USING btree (store_id, product_id)
index CREATE INDEX search_days_day ON public.search_days USING btree (day)
index CREATE UNIQUE INDEX search_days_pkey ON public.search_days USING btree (store_id, day)
index CREATE UNIQUE INDEX search_dead_letters_pkey ON public.search_dead_letters USING btree (store_id, product_id, index_name)
index CREATE UNIQUE INDEX search_facets_pkey ON public.search_facets USING btree (store_id)
index CREATE UNIQUE INDEX search_rules_pkey ON public.search_rules USING btree (store_id, id)
index CREATE UNIQUE INDEX search_sweeps_pkey ON public.search_sweeps USING btree (slot)
index CREATE UNIQUE INDEX search_sync_state_pkey ON public.search_sync_state USING btree (slot)
index CREATE UNIQUE INDEX search_synonyms_pkey ON public.search_synonyms USING btree (store_id)
index CREATE UNIQUE INDEX search_texts_pkey ON public.search_texts USING btree (store_id, day, text)
index CREATE UNIQUE INDEX search_walks_pkey ON public.search_walks USING btree (slot)
index CREATE INDEX sessions_merchant ON public.sessions USING btree (merchant_id, last_used_at)
index CREATE UNIQUE INDEX sessions_pkey ON public.sessions USING btree (id)
index CREATE UNIQUE INDEX sessions_token ON public.sessions USING btree (token_hash)
index CREATE INDEX sign_in_throttles_forget ON public.sign_in_throttles USING btree (forget_at)
index CREATE UNIQUE INDEX sign_in_throttles_pkey ON public.sign_in_throttles USING btree (key)
index CREATE UNIQUE INDEX signing_keys_pkey ON public.signing_keys USING btree (name)
index CREATE UNIQUE INDEX staff_invitations_email ON public.staff_invitations USING btree (store_id, email)
index CREATE UNIQUE INDEX staff_invitations_pkey ON public.staff_invitations USING btree (store_id, id)
index CREATE UNIQUE INDEX staff_invitations_token ON public.staff_invitations USING btree (token_hash)
index CREATE UNIQUE INDEX stock_reservations_pkey ON public.stock_reservations USING btree (store_id, order_id, line_id, location_id)
index CREATE INDEX stock_reservations_variant ON public.stock_reservations USING btree (store_id, variant_id, location_id)
index CREATE INDEX store_staff_merchant ON public.store_staff USING btree (merchant_id, store_id)
index CREATE UNIQUE INDEX store_staff_pkey ON public.store_staff USING btree (store_id, merchant_id)
index CREATE UNIQUE INDEX stores_handle_key ON public.stores USING btree (handle)
index CREATE UNIQUE INDEX stores_pkey ON public.stores USING btree (id)
index CREATE UNIQUE INDEX tax_rates_pkey ON public.tax_rates USING btree (store_id, country, province)
index CREATE UNIQUE INDEX tax_settings_pkey ON public.tax_settings USING btree (store_id)
index CREATE UNIQUE INDEX upload_chunks_pkey ON public.upload_chunks USING btree (store_id, upload_id, n)
index CREATE INDEX uploads_expiry ON public.uploads USING btree (expires_at)
index CREATE UNIQUE INDEX uploads_pkey ON public.uploads USING btree (store_id, id)
index CREATE INDEX webhook_deliveries_ended ON public.webhook_deliveries USING btree (ended_at) WHERE (ended_at IS NOT NULL)
index CREATE INDEX webhook_deliveries_event ON public.webhook_deliveries USING btree (store_id, event_id)
index CREATE UNIQUE INDEX webhook_deliveries_pkey ON public.webhook_deliveries USING btree (store_id, subscription_id, event_id)
index CREATE INDEX webhook_deliveries_subject ON public.webhook_deliveries USING btree (store_id, subscription_id, subject, event_id) WHERE (state = 'WAITING'::text)
index CREATE INDEX webhook_deliveries_waiting ON public.webhook_deliveries USING btree (store_id, subscription_id, next_at, event_id) WHERE (state = 'WAITING'::text)
index CREATE INDEX webhook_secrets_ended ON public.webhook_secrets USING btree (ends_at)
index CREATE UNIQUE INDEX webhook_secrets_pkey ON public.webhook_secrets USING btree (store_id, subscription_id, id)
index CREATE INDEX webhook_subscriptions_due ON public.webhook_subscriptions USING btree (next_at) WHERE (next_at IS NOT NULL)
index CREATE INDEX webhook_subscriptions_paused ON public.webhook_subscriptions USING btree (store_id, id) WHERE (paused_at IS NOT NULL)
index CREATE UNIQUE INDEX webhook_subscriptions_pkey ON public.webhook_subscriptions USING btree (store_id, id)
trigger CREATE TRIGGER card_payments_touch BEFORE UPDATE ON public.card_payments FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION touch_updated_at()
trigger CREATE TRIGGER card_reversals_touch BEFORE UPDATE ON public.card_reversals FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION touch_updated_at()
trigger CREATE TRIGGER carts_touch BEFORE UPDATE ON public.carts FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION touch_updated_at()
trigger CREATE TRIGGER collections_follow_insert AFTER INSERT ON public.collections FOR EACH ROW WHEN ((new.rule_set IS NOT NULL)) EXECUTE FUNCTION follow_changed_rules()
trigger CREATE TRIGGER collections_follow_update AFTER UPDATE ON public.collections FOR EACH ROW WHEN ((new.rule_set IS DISTINCT FROM old.rule_set)) EXECUTE FUNCTION follow_changed_rules()
trigger CREATE TRIGGER collections_touch BEFORE UPDATE ON public.collections FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION touch_updated_at()
trigger CREATE TRIGGER customers_touch BEFORE UPDATE ON public.customers FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION touch_updated_at()
trigger CREATE TRIGGER discounts_touch BEFORE UPDATE ON public.discounts FOR EACH ROW WHEN (((old.usage_count = new.usage_count) AND (old.* IS DISTINCT FROM new.*))) EXECUTE FUNCTION touch_discount()
trigger CREATE TRIGGER inventory_ledger_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.inventory_ledger FOR EACH STATEMENT EXECUTE FUNCTION inventory_ledger_refuse()
trigger CREATE TRIGGER inventory_levels_deleted AFTER DELETE ON public.inventory_levels REFERENCING OLD TABLE AS levels_before FOR EACH STATEMENT EXECUTE FUNCTION inventory_levels_deleted()
trigger CREATE TRIGGER inventory_levels_fixed BEFORE UPDATE OF store_id, variant_id, location_id OR TRUNCATE ON public.inventory_levels FOR EACH STATEMENT EXECUTE FUNCTION inventory_levels_fixed()
trigger CREATE TRIGGER inventory_levels_inserted AFTER INSERT ON public.inventory_levels REFERENCING NEW TABLE AS levels_after FOR EACH STATEMENT EXECUTE FUNCTION inventory_levels_changed()
trigger CREATE TRIGGER inventory_levels_touch BEFORE UPDATE ON public.inventory_levels FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION touch_updated_at()
trigger CREATE TRIGGER inventory_levels_updated AFTER UPDATE ON public.inventory_levels REFERENCING OLD TABLE AS levels_before NEW TABLE AS levels_after FOR EACH STATEMENT EXECUTE FUNCTION inventory_levels_changed()
trigger CREATE TRIGGER locations_touch BEFORE UPDATE ON public.locations FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION touch_updated_at()
trigger CREATE TRIGGER menus_touch BEFORE UPDATE ON public.menus FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION touch_updated_at()
trigger CREATE TRIGGER merchants_touch BEFORE UPDATE ON public.merchants FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION touch_updated_at()
trigger CREATE TRIGGER metafields_touch BEFORE UPDATE ON public.metafields FOR EACH ROW WHEN (((((old.type IS DISTINCT FROM new.type) OR (old.value IS DISTINCT FROM new.value)) OR (old.description IS DISTINCT FROM new.description)) OR (old.visible IS DISTINCT FROM new.visible))) EXECUTE FUNCTION touch_updated_at()
trigger CREATE TRIGGER orders_touch BEFORE UPDATE ON public.orders FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION touch_updated_at()
trigger CREATE TRIGGER pages_touch BEFORE UPDATE ON public.pages FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION touch_updated_at()
trigger CREATE TRIGGER product_variants_deleted AFTER DELETE ON public.product_variants REFERENCING OLD TABLE AS variants_before FOR EACH STATEMENT EXECUTE FUNCTION product_variants_deleted()
trigger CREATE TRIGGER product_variants_emptied AFTER TRUNCATE ON public.product_variants FOR EACH STATEMENT EXECUTE FUNCTION product_variants_deleted()
trigger CREATE TRIGGER product_variants_follow_delete AFTER DELETE ON public.product_variants REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION follow_other_variants()
trigger CREATE TRIGGER product_variants_follow_insert AFTER INSERT ON public.product_variants REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION follow_other_variants()
trigger CREATE TRIGGER product_variants_follow_update AFTER UPDATE ON public.product_variants REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION follow_changed_variants()
trigger CREATE TRIGGER product_variants_inserted AFTER INSERT ON public.product_variants REFERENCING NEW TABLE AS variants_after FOR EACH STATEMENT EXECUTE FUNCTION product_variants_stocked()
trigger CREATE TRIGGER product_variants_updated AFTER UPDATE ON public.product_variants REFERENCING OLD TABLE AS variants_before NEW TABLE AS variants_after FOR EACH STATEMENT EXECUTE FUNCTION product_variants_stocked()
trigger CREATE TRIGGER products_follow_insert AFTER INSERT ON public.products REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION follow_new_products()
trigger CREATE TRIGGER products_follow_update AFTER UPDATE ON public.products REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION follow_changed_products()
trigger CREATE TRIGGER products_touch BEFORE UPDATE ON public.products FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION touch_product()
trigger CREATE TRIGGER stores_location AFTER INSERT ON public.stores FOR EACH ROW EXECUTE FUNCTION stores_location()
trigger CREATE TRIGGER stores_touch BEFORE UPDATE ON public.stores FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION touch_updated_at()
function CREATE OR REPLACE FUNCTION public.claim_idempotency_key(store_id bigint, key_hash bytea)
 RETURNS TABLE(payload_hash bytea, outcome jsonb)
 LANGUAGE plpgsql
 SET lock_timeout TO '500ms'
AS $function$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(encode(claim_idempotency_key.key_hash, 'hex'), claim_idempotency_key.store_id));
    RETURN QUERY SELECT k.payload_hash, k.outcome FROM idempotency_keys k
        WHERE k.store_id = claim_idempotency_key.store_id AND k.key_hash = claim_idempotency_key.key_hash;
END
$function$
function CREATE OR REPLACE FUNCTION public.follow_changed_products()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
    stores bigint[];
    products bigint[];
BEGIN
    -- What stands on one side alone has changed. No join: its plan would be kept from the first statement of the connection, which
    -- may have changed one row, and a nested loop over two batches is their square.
    SELECT array_agg(DISTINCT c.store_id), array_agg(DISTINCT c.id) INTO stores, products
    FROM (
        SELECT u.store_id, u.id FROM (
            SELECT store_id, id, title, vendor, product_type, tags FROM new_rows
            UNION ALL SELECT store_id, id, title, vendor, product_type, tags FROM old_rows
        ) u GROUP BY u.store_id, u.id, u.title, u.vendor, u.product_type, u.tags HAVING count(*) = 1
    ) c;
    IF stores IS NOT NULL THEN
        PERFORM products_changed(stores, products, false);
    END IF;
    RETURN NULL;
END
$function$
function CREATE OR REPLACE FUNCTION public.follow_changed_rules()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
    few bigint[];
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('collection rules', NEW.store_id));
    -- A few at a time: the plan of follow_rules is made for few, and what it costs grows with the square.
    FOR few IN
        SELECT array_agg(p.id) FROM (
            SELECT id, (row_number() OVER (ORDER BY id) - 1) / 500 AS n FROM products WHERE store_id = NEW.store_id
        ) p GROUP BY p.n ORDER BY p.n
    LOOP
        PERFORM follow_rules(ARRAY[NEW.store_id], ARRAY[NEW.id], few);
    END LOOP;
    RETURN NULL;
END
$function$
function CREATE OR REPLACE FUNCTION public.follow_changed_variants()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
    stores bigint[];
    products bigint[];
BEGIN
    SELECT array_agg(DISTINCT c.store_id), array_agg(DISTINCT c.product_id) INTO stores, products
    FROM (
        SELECT u.store_id, u.product_id FROM (
            SELECT store_id, id, product_id, price_minor, compare_at_minor, inventory_quantity, inventory_tracked FROM new_rows
            UNION ALL SELECT store_id, id, product_id, price_minor, compare_at_minor, inventory_quantity, inventory_tracked FROM old_rows
        ) u
        GROUP BY u.store_id, u.id, u.product_id, u.price_minor, u.compare_at_minor, u.inventory_quantity, u.inventory_tracked
        HAVING count(*) = 1
    ) c;
    IF stores IS NOT NULL THEN
        PERFORM products_changed(stores, products, true);
    END IF;
    RETURN NULL;
END
$function$
function CREATE OR REPLACE FUNCTION public.follow_new_products()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
    stores bigint[];
    products bigint[];
BEGIN
    SELECT array_agg(DISTINCT n.store_id), array_agg(n.id) INTO stores, products FROM new_rows n;
    IF stores IS NOT NULL THEN
        PERFORM products_changed(stores, products, false);
    END IF;
    RETURN NULL;
END
$function$
function CREATE OR REPLACE FUNCTION public.follow_other_variants()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
    stores bigint[];
    products bigint[];
BEGIN
    SELECT array_agg(DISTINCT r.store_id), array_agg(DISTINCT r.product_id) INTO stores, products FROM changed_rows r;
    IF stores IS NOT NULL THEN
        PERFORM products_changed(stores, products, true);
    END IF;
    RETURN NULL;
END
$function$
function CREATE OR REPLACE FUNCTION public.follow_rules(stores bigint[], collections bigint[], products bigint[])
 RETURNS void
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
AS $function$
BEGIN
    WITH wrong AS MATERIALIZED (
        SELECT store_id, collection_id, product_id, m.by_rule, m.place
        FROM ruled_products(follow_rules.stores, follow_rules.collections, follow_rules.products) r
        FULL JOIN (
            SELECT cp.store_id, cp.collection_id, cp.product_id, cp.by_rule, cp.place
            FROM unnest(follow_rules.stores) AS s (id) CROSS JOIN unnest(follow_rules.products) AS k (id)
            CROSS JOIN LATERAL (
                SELECT c.store_id, c.collection_id, c.product_id, c.by_rule, c.ctid AS place FROM collection_products c
                WHERE c.store_id = s.id AND c.product_id = k.id AND c.collection_id = ANY (follow_rules.collections) OFFSET 0
            ) cp
        ) m USING (store_id, collection_id, product_id)
        WHERE m.by_rule IS NULL OR (r.ruled IS NULL AND m.by_rule)
    ), gone AS (
        DELETE FROM collection_products cp WHERE cp.ctid = ANY (ARRAY(SELECT w.place FROM wrong w WHERE w.by_rule)) AND cp.by_rule
    )
    INSERT INTO collection_products (store_id, collection_id, product_id, position, by_rule)
    SELECT w.store_id, w.collection_id, w.product_id, 0, true FROM wrong w WHERE w.by_rule IS NULL
    ORDER BY w.store_id, w.collection_id, w.product_id
    ON CONFLICT DO NOTHING;
END
$function$
function CREATE OR REPLACE FUNCTION public.inventory_ledger_refuse()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    RAISE EXCEPTION 'the ledger of stock is append-only: make up for a wrong change with another' USING ERRCODE = 'restrict_violation';
END
$function$
function CREATE OR REPLACE FUNCTION public.inventory_levels_changed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
    leads boolean := current_setting('kirana.stock_led_by', true) IS DISTINCT FROM 'quantity';
BEGIN
    IF NOT EXISTS (SELECT FROM levels_after) THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'INSERT' THEN
        INSERT INTO inventory_ledger (store_id, variant_id, location_id, delta_on_hand, delta_reserved, on_hand, reserved)
        SELECT n.store_id, n.variant_id, n.location_id, n.on_hand, n.reserved, n.on_hand, n.reserved
        FROM levels_after n WHERE n.on_hand <> 0 OR n.reserved <> 0;
        IF leads THEN
            PERFORM FROM product_variants v JOIN levels_after n ON n.store_id = v.store_id AND n.variant_id = v.id FOR KEY SHARE OF v;
            IF EXISTS (SELECT FROM levels_after n WHERE NOT EXISTS (SELECT FROM product_variants v WHERE v.store_id = n.store_id AND v.id = n.variant_id)) THEN
                RAISE EXCEPTION 'stock of a variant that does not exist' USING ERRCODE = 'foreign_key_violation';
            END IF;
            PERFORM set_config('kirana.stock_led_by', 'level', true);
            UPDATE product_variants v SET inventory_quantity = v.inventory_quantity + d.available
            FROM (SELECT n.store_id, n.variant_id, sum(n.on_hand - n.reserved) AS available FROM levels_after n GROUP BY n.store_id, n.variant_id) d
            WHERE v.store_id = d.store_id AND v.id = d.variant_id AND d.available <> 0;
            PERFORM set_config('kirana.stock_led_by', '', true);
        END IF;
    ELSE
        INSERT INTO inventory_ledger (store_id, variant_id, location_id, delta_on_hand, delta_reserved, on_hand, reserved)
        SELECT u.store_id, u.variant_id, u.location_id, sum(u.on_hand), sum(u.reserved),
            sum(u.on_hand) FILTER (WHERE u.is_after), sum(u.reserved) FILTER (WHERE u.is_after)
        FROM (
            SELECT store_id, variant_id, location_id, on_hand::bigint, reserved::bigint, true AS is_after FROM levels_after
            UNION ALL SELECT store_id, variant_id, location_id, - on_hand::bigint, - reserved::bigint, false FROM levels_before
        ) u
        GROUP BY u.store_id, u.variant_id, u.location_id HAVING sum(u.on_hand) <> 0 OR sum(u.reserved) <> 0
        ORDER BY u.store_id, u.variant_id, u.location_id;
        IF leads THEN
            PERFORM set_config('kirana.stock_led_by', 'level', true);
            UPDATE product_variants v SET inventory_quantity = v.inventory_quantity + d.available
            FROM (
                SELECT u.store_id, u.variant_id, sum(u.available) AS available FROM (
                    SELECT store_id, variant_id, on_hand::bigint - reserved AS available FROM levels_after
                    UNION ALL SELECT store_id, variant_id, reserved::bigint - on_hand FROM levels_before
                ) u GROUP BY u.store_id, u.variant_id
            ) d
            WHERE v.store_id = d.store_id AND v.id = d.variant_id AND d.available <> 0;
            PERFORM set_config('kirana.stock_led_by', '', true);
        END IF;
    END IF;
    RETURN NULL;
END
$function$
function CREATE OR REPLACE FUNCTION public.inventory_levels_deleted()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF EXISTS (SELECT FROM levels_before o JOIN product_variants v ON v.store_id = o.store_id AND v.id = o.variant_id) THEN
        RAISE EXCEPTION 'a level is deleted with its variant alone: set it to 0' USING ERRCODE = 'restrict_violation';
    END IF;
    INSERT INTO inventory_ledger (store_id, variant_id, location_id, delta_on_hand, delta_reserved, on_hand, reserved, reason)
    SELECT o.store_id, o.variant_id, o.location_id, - o.on_hand::bigint, - o.reserved::bigint, 0, 0, 'DELETED'
    FROM levels_before o WHERE o.on_hand <> 0 OR o.reserved <> 0;
    RETURN NULL;
END
$function$
function CREATE OR REPLACE FUNCTION public.inventory_levels_fixed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    RAISE EXCEPTION 'a level stays where it is: change the quantities of two' USING ERRCODE = 'restrict_violation';
END
$function$
function CREATE OR REPLACE FUNCTION public.number_rule_holds(relation text, value bigint, amount bigint)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
AS $function$
    SELECT coalesce(CASE relation
        WHEN 'EQUALS' THEN value = amount
        WHEN 'NOT_EQUALS' THEN value IS DISTINCT FROM amount
        WHEN 'GREATER_THAN' THEN value > amount
        WHEN 'LESS_THAN' THEN value < amount
        WHEN 'IS_SET' THEN value IS NOT NULL
        WHEN 'IS_NOT_SET' THEN value IS NULL END, false)
$function$
function CREATE OR REPLACE FUNCTION public.product_variants_deleted()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM inventory_levels;
    ELSE
        DELETE FROM inventory_levels l USING variants_before o WHERE l.store_id = o.store_id AND l.variant_id = o.id;
    END IF;
    RETURN NULL;
END
$function$
function CREATE OR REPLACE FUNCTION public.product_variants_stocked()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
    stores bigint[];
    variants bigint[];
    units bigint[];
    moved bigint;
BEGIN
    IF current_setting('kirana.stock_led_by', true) = 'level' THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        -- A variant that got another key stands twice, with half of what it was: it has no level there.
        SELECT array_agg(m.store_id), array_agg(m.id), array_agg(m.units) INTO stores, variants, units
        FROM (
            SELECT u.store_id, u.id, sum(u.units)::bigint AS units FROM (
                SELECT store_id, id, inventory_quantity::bigint AS units FROM variants_after
                UNION ALL SELECT store_id, id, - inventory_quantity::bigint FROM variants_before
            ) u GROUP BY u.store_id, u.id HAVING sum(u.units) <> 0 OR count(*) <> 2
        ) m;
        IF stores IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    PERFORM set_config('kirana.stock_led_by', 'quantity', true);
    IF TG_OP = 'INSERT' THEN
        INSERT INTO inventory_levels (store_id, variant_id, location_id, on_hand)
        SELECT n.store_id, n.id, l.id, n.inventory_quantity
        FROM variants_after n LEFT JOIN locations l ON l.store_id = n.store_id AND l.is_default;
    ELSE
        UPDATE inventory_levels l SET on_hand = l.on_hand + m.units
        FROM unnest(stores, variants, units) AS m (store_id, id, units) JOIN locations d ON d.store_id = m.store_id AND d.is_default
        WHERE l.store_id = m.store_id AND l.variant_id = m.id AND l.location_id = d.id;
        GET DIAGNOSTICS moved = ROW_COUNT;
        IF moved <> cardinality(stores) THEN
            RAISE EXCEPTION 'a variant has no stock at the default location of its store' USING ERRCODE = 'foreign_key_violation';
        END IF;
    END IF;
    PERFORM set_config('kirana.stock_led_by', '', true);
    RETURN NULL;
END
$function$
function CREATE OR REPLACE FUNCTION public.products_changed(stores bigint[], products bigint[], of_variants boolean)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
DECLARE
    automatic bigint[];
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('collection rules', s.id)) FROM (SELECT DISTINCT unnest(stores) AS id ORDER BY 1) s;
    SELECT array_agg(c.id) INTO automatic FROM collections c
    WHERE c.store_id = ANY (stores) AND c.rule_set IS NOT NULL AND EXISTS (
        SELECT FROM jsonb_array_elements(c.rule_set -> 'rules') r WHERE (r ->> 'column' LIKE 'VARIANT%') = of_variants);
    IF automatic IS NULL THEN
        RETURN;
    END IF;
    PERFORM FROM products p WHERE p.store_id = ANY (stores) AND p.id = ANY (products_changed.products) ORDER BY p.store_id, p.id FOR NO KEY UPDATE;
    PERFORM follow_rules(stores, automatic, products_changed.products);
END
$function$
function CREATE OR REPLACE FUNCTION public.ruled_products(stores bigint[], collections bigint[], products bigint[])
 RETURNS TABLE(store_id bigint, collection_id bigint, product_id bigint, ruled boolean)
 LANGUAGE sql
 STABLE
AS $function$
    WITH rule AS MATERIALIZED (
        SELECT c.store_id, c.id AS collection_id, (c.rule_set ->> 'any')::boolean AS "any", r."column" LIKE 'VARIANT%' AS of_variant,
            bool_or(r."column" LIKE 'VARIANT%') OVER siblings AS some_of_variant, bool_or(r."column" NOT LIKE 'VARIANT%') OVER siblings AS some_of_product,
            r."column", r.relation, lower(r.condition) AS condition, r.amount
        FROM collections c, jsonb_to_recordset(c.rule_set -> 'rules') AS r ("column" text, relation text, condition text, amount bigint)
        WHERE c.store_id = ANY (ruled_products.stores) AND c.id = ANY (ruled_products.collections) AND c.rule_set IS NOT NULL
        WINDOW siblings AS (PARTITION BY c.store_id, c.id)
    ), product AS MATERIALIZED (
        SELECT p.store_id, p.id, lower(p.title) AS title, lower(p.vendor) AS vendor, lower(p.product_type) AS product_type,
            lower(p.tags::text)::text[] AS tags
        FROM unnest(ruled_products.stores) AS s (id) CROSS JOIN unnest(ruled_products.products) AS k (id)
        JOIN products p ON p.store_id = s.id AND p.id = k.id
    ), variant AS MATERIALIZED (
        SELECT v.store_id, v.product_id, v.id, v.price_minor, v.compare_at_minor,
            CASE WHEN v.inventory_tracked THEN v.inventory_quantity ELSE 9223372036854775807 END AS units
        FROM unnest(ruled_products.stores) AS s (id) CROSS JOIN unnest(ruled_products.products) AS k (id)
        JOIN product_variants v ON v.store_id = s.id AND v.product_id = k.id
        WHERE EXISTS (SELECT FROM rule WHERE rule.of_variant)
    ), by_product AS (
        SELECT p.store_id, r.collection_id, p.id AS product_id, bool_or(r."any") AS "any", bool_or(r.some_of_variant) AS some_of_variant,
            bool_and(h.holds) AS all_hold, bool_or(h.holds) AS any_holds
        FROM product p JOIN rule r ON r.store_id = p.store_id AND NOT r.of_variant
        CROSS JOIN LATERAL (SELECT CASE r."column"
            WHEN 'TAG' THEN CASE r.relation WHEN 'EQUALS' THEN r.condition = ANY (p.tags) WHEN 'NOT_EQUALS' THEN r.condition <> ALL (p.tags) ELSE false END
            WHEN 'TITLE' THEN text_rule_holds(r.relation, p.title, r.condition)
            WHEN 'TYPE' THEN text_rule_holds(r.relation, p.product_type, r.condition)
            WHEN 'VENDOR' THEN text_rule_holds(r.relation, p.vendor, r.condition)
            ELSE false END AS holds) h
        GROUP BY p.store_id, r.collection_id, p.id
    ), by_variant AS (
        SELECT v.store_id, v.collection_id, v.product_id, bool_or(v."any") AS "any", bool_or(v.some_of_product) AS some_of_product,
            bool_or(v.all_hold) AS all_hold, bool_or(v.any_holds) AS any_holds
        FROM (
            SELECT v.store_id, r.collection_id, v.product_id, v.id, bool_or(r."any") AS "any", bool_or(r.some_of_product) AS some_of_product,
                bool_and(h.holds) AS all_hold, bool_or(h.holds) AS any_holds
            FROM variant v JOIN rule r ON r.store_id = v.store_id AND r.of_variant
            CROSS JOIN LATERAL (SELECT CASE r."column"
                WHEN 'VARIANT_PRICE' THEN number_rule_holds(r.relation, v.price_minor, r.amount)
                WHEN 'VARIANT_COMPARE_AT_PRICE' THEN number_rule_holds(r.relation, v.compare_at_minor, r.amount)
                WHEN 'VARIANT_INVENTORY' THEN number_rule_holds(r.relation, v.units, r.amount)
                ELSE false END AS holds) h
            GROUP BY v.store_id, r.collection_id, v.product_id, v.id
        ) v
        GROUP BY v.store_id, v.collection_id, v.product_id
    )
    SELECT store_id, collection_id, product_id, true
    FROM by_product p FULL JOIN by_variant v USING (store_id, collection_id, product_id)
    WHERE CASE WHEN coalesce(p."any", v."any") THEN coalesce(p.any_holds, false) OR coalesce(v.any_holds, false)
        ELSE coalesce(p.all_hold, NOT v.some_of_product) AND coalesce(v.all_hold, NOT p.some_of_variant) END
$function$
function CREATE OR REPLACE FUNCTION public.stores_location()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    INSERT INTO locations (store_id, name, is_default) VALUES (NEW.id, left(NEW.name, 255), true);
    RETURN NULL;
END
$function$
function CREATE OR REPLACE FUNCTION public.text_rule_holds(relation text, value text, condition text)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
AS $function$
    SELECT CASE relation
        WHEN 'EQUALS' THEN value = condition
        WHEN 'NOT_EQUALS' THEN value <> condition
        WHEN 'STARTS_WITH' THEN starts_with(value, condition)
        WHEN 'ENDS_WITH' THEN right(value, length(condition)) = condition
        WHEN 'CONTAINS' THEN strpos(value, condition) > 0
        WHEN 'NOT_CONTAINS' THEN strpos(value, condition) = 0
        ELSE false END
$function$
function CREATE OR REPLACE FUNCTION public.touch_discount()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    NEW.updated_at := now();
    NEW.version := OLD.version + 1;
    RETURN NEW;
END
$function$
function CREATE OR REPLACE FUNCTION public.touch_product()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
    edited products := OLD;
BEGIN
    edited.popularity := NEW.popularity;
    IF edited IS NOT DISTINCT FROM NEW THEN
        RETURN NEW;
    END IF;
    NEW.updated_at := now();
    NEW.version := OLD.version + 1;
    RETURN NEW;
END
$function$
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
publication kirana_search: metafields (store_id, owner_kind, owner_id, namespace, key) WHERE (owner_kind = 'Product'::text)
publication kirana_search: product_options (store_id, id, product_id)
publication kirana_search: product_variants (store_id, id, product_id)
publication kirana_search: products (store_id, id)
publication kirana_search: search_canary (store_id, product_id)
replica identity of api_keys: primary key
replica identity of audit_log: primary key
replica identity of card_events: primary key
replica identity of card_payments: primary key
replica identity of card_refunds: primary key
replica identity of card_reversals: primary key
replica identity of carts: primary key
replica identity of collection_products: collection_products_identity
replica identity of collection_redirects: primary key
replica identity of collections: primary key
replica identity of customer_addresses: primary key
replica identity of customer_codes: primary key
replica identity of customer_tokens: primary key
replica identity of customers: primary key
replica identity of delivery_areas: primary key
replica identity of delivery_rates: primary key
replica identity of delivery_settings: primary key
replica identity of delivery_zones: primary key
replica identity of discount_uses: primary key
replica identity of discounts: primary key
replica identity of idempotency_keys: primary key
replica identity of inventory_ledger: primary key
replica identity of inventory_levels: primary key
replica identity of job_rejections: primary key
replica identity of jobs: primary key
replica identity of locations: primary key
replica identity of menus: primary key
replica identity of merchants: primary key
replica identity of metafields: primary key
replica identity of order_counters: primary key
replica identity of order_events: primary key
replica identity of order_fulfillments: primary key
replica identity of order_lines: primary key
replica identity of order_refunds: primary key
replica identity of orders: primary key
replica identity of outbox: primary key
replica identity of page_redirects: primary key
replica identity of pages: primary key
replica identity of payment_settings: primary key
replica identity of pickup_locations: primary key
replica identity of product_media: primary key
replica identity of product_options: product_options_store_id_product_id_id_key
replica identity of product_redirects: primary key
replica identity of product_tax_rates: primary key
replica identity of product_variants: product_variants_store_id_product_id_id_key
replica identity of products: primary key
replica identity of replica_heartbeat: primary key
replica identity of sales_changes: primary key
replica identity of search_canary: primary key
replica identity of search_days: primary key
replica identity of search_dead_letters: primary key
replica identity of search_facets: primary key
replica identity of search_rules: primary key
replica identity of search_sweeps: primary key
replica identity of search_sync_state: primary key
replica identity of search_synonyms: primary key
replica identity of search_texts: primary key
replica identity of search_walks: primary key
replica identity of sessions: primary key
replica identity of sign_in_throttles: primary key
replica identity of signing_keys: primary key
replica identity of staff_invitations: primary key
replica identity of stock_reservations: primary key
replica identity of store_staff: primary key
replica identity of stores: primary key
replica identity of tax_rates: primary key
replica identity of tax_settings: primary key
replica identity of upload_chunks: primary key
replica identity of uploads: primary key
replica identity of webhook_deliveries: primary key
replica identity of webhook_secrets: primary key
replica identity of webhook_subscriptions: primary key
