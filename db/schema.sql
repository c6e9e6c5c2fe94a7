-- Generated from the migrations; test/db/schema.test.ts compares and writes it.

-- Columns
abandoned_effects.tenant_id text not null
abandoned_effects.effect_id text not null
abandoned_effects.process_id text not null
abandoned_effects.kind text not null
abandoned_effects.outcome text not null
absences.tenant_id text not null
absences.handover_id text not null
absences.person_id text not null
absences.starts_at timestamp with time zone not null
absences.ends_at timestamp with time zone
absences.begun boolean not null
access.principal text not null
access.tenant_id text not null
access.role text not null
access.given_by text default app_actor()
access.given_at timestamp with time zone default business_now()
api_keys.id text not null
api_keys.tenant_id text not null
api_keys.person_id text not null
api_keys.secret_hash text not null
api_keys.label text not null
api_keys.expires_at timestamp with time zone
api_keys.created_at timestamp with time zone not null default business_now()
api_keys.revoked_at timestamp with time zone
api_keys.scopes text[] not null
api_keys.created_by text
api_keys.rotated_at timestamp with time zone
api_keys.revoked_by text
archive_state.single boolean not null default true
archive_state.closed_through timestamp with time zone not null
archived_histories.workflow_id text not null
archived_histories.run_id text not null
archived_histories.tenant_id text
archived_histories.workflow_type text not null
archived_histories.status text not null
archived_histories.closed_at timestamp with time zone not null
archived_histories.archived_at timestamp with time zone not null default business_now()
archived_histories.hash text not null
archived_histories.bytes bigint not null
bounces.tenant_id text not null
bounces.inbox_id text not null
calendar_heads.tenant_id text not null
calendar_heads.id text not null
calendar_heads.version integer not null
calendars.tenant_id text not null
calendars.id text not null
calendars.version integer not null
calendars.body jsonb not null
calendars.author text not null
calendars.approver text
calendars.state text not null
calendars.created_at timestamp with time zone not null default business_now()
calendars.approved_at timestamp with time zone
chain_heads.tenant_id text not null
chain_heads.kind text not null
chain_heads.number bigint not null default 0
chain_heads.hash text not null
checkpoint_deliveries.number bigint not null
checkpoint_deliveries.place text not null
checkpoint_deliveries.delivered_at timestamp with time zone not null default business_now()
checkpoint_keys.id text not null
checkpoint_keys.public_key text not null
checkpoint_keys.first_used_at timestamp with time zone not null default business_now()
checkpoints.number bigint not null
checkpoints.at timestamp with time zone not null
checkpoints.hash text not null
checkpoints.bytes text not null
clocks.tenant_id text not null
clocks.process_id text not null
clocks.name text not null
clocks.key text not null
clocks.run integer not null
clocks.position integer not null
clocks.promise boolean not null
clocks.calendar_tenant_id text
clocks.calendar_id text not null
clocks.calendar_version integer not null
clocks.started_at timestamp with time zone not null
clocks.marks jsonb not null
clocks.pauses jsonb not null
clocks.outcome text not null
clocks.due_at timestamp with time zone
clocks.due_step text
clocks.promise_due_at timestamp with time zone
clocks.missed_at timestamp with time zone
clocks.ended_at timestamp with time zone
clocks.policy_path text not null
contact_channels.tenant_id text not null
contact_channels.person_id text not null
contact_channels.kind text not null
contact_channels.address text not null
contents.tenant_id text not null
contents.hash text not null
contents.body jsonb not null
contract_contacts.tenant_id text not null
contract_contacts.contract_id text not null
contract_contacts.person_id text not null
contract_contacts.primary_contact boolean not null default false
contract_contacts.authorised_caller boolean not null default false
contract_contacts.approver boolean not null default false
contract_contacts.active boolean not null default true
contract_contacts.valid_from date
contract_contacts.valid_to date
contract_contacts.given_by text
contract_contacts.given_at timestamp with time zone
contracts.tenant_id text not null
contracts.id text not null
contracts.process_id text not null
contracts.number text not null
contracts.status text not null
contracts.starts_on date
contracts.ends_on date
contracts.manager_id text
contracts.backup_id text
contracts.sm_manager_id text
contracts.account_manager_id text
contracts.calendar_id text
contracts.policy_id text
contracts.policy_version integer
contracts.tier text
contracts.portal_registered_on date
documents.tenant_id text not null
documents.id text not null
documents.kind text not null
documents.version integer not null
documents.language text not null
documents.title text not null
documents.sha256 text not null
documents.media_type text not null
documents.body bytea not null
documents.published_by text not null
documents.published_at timestamp with time zone not null default business_now()
documents.contract_id text
documents.content jsonb
effects.tenant_id text not null
effects.id text not null
effects.process_id text not null
effects.event_id text not null
effects.key text not null
effects.kind text not null
effects.content jsonb not null
effects.recipient_id text
effects.not_before timestamp with time zone not null
effects.state text not null default 'planned'::text
effects.fence integer not null default 0
effects.attempts integer not null default 0
effects.claimed_until timestamp with time zone
effects.next_attempt_at timestamp with time zone not null
effects.decided_at timestamp with time zone not null
effects.settled_at timestamp with time zone
effects.problem text
effects.evidence jsonb
effects.topic text
effects.superseded_by text
effects.held_since timestamp with time zone
effects.urgent boolean not null generated always as ((content @> '{"urgent": true}'::jsonb))
effects.digest boolean not null default false
effects.sent_with text
event_details.tenant_id text not null
event_details.event_id text not null
event_details.process_id text not null
event_details.fired jsonb
event_details.inputs_hash text not null
event_details.look jsonb
event_details.directory_hash text
event_details.calendars jsonb not null
event_details.data jsonb
event_details.internal boolean not null
event_details.erased_at timestamp with time zone
events.tenant_id text not null
events.process_id text not null
events.seq integer not null
events.epoch integer not null
events.id text not null
events.event text not null
events.from_status text
events.via_status text
events.to_status text
events.trigger text not null
events.actor text
events.on_behalf_of text
events.at timestamp with time zone not null
events.recorded_at timestamp with time zone not null
events.owner_id text
events.internal boolean not null
events.bytes text not null
events.prev_hash text not null
events.hash text not null
events.chain_no bigint not null
external_identities.issuer text not null
external_identities.subject text not null
external_identities.tenant_id text not null
external_identities.person_id text not null
external_identities.given_by text
external_identities.given_at timestamp with time zone not null default business_now()
files.tenant_id text not null
files.sha256 text not null
files.name text not null
files.media_type text not null
files.bytes bigint not null
files.internal boolean not null
files.uploaded_by text not null
files.uploaded_at timestamp with time zone not null default business_now()
given_grants.tenant_id text not null
given_grants.person_id text not null
given_grants.grant_name text not null
given_grants.given_by text
given_grants.given_at timestamp with time zone
inbox.tenant_id text not null
inbox.id text not null
inbox.process_id text not null
inbox.number integer not null
inbox.kind text not null
inbox.name text not null
inbox.payload jsonb not null
inbox.actor text
inbox.on_behalf_of text
inbox.accepted_at timestamp with time zone not null
inbox.expected_seq integer
inbox.urgent boolean not null
inbox.key_principal text
inbox.key_value text
inbox.body_hash text
inbox.state text not null default 'pending'::text
inbox.answer jsonb
inbox.answered_at timestamp with time zone
inbox.touched_at timestamp with time zone
inbox.problem text
inbox.request_id text
job_heartbeats.name text not null
job_heartbeats.every_ms bigint not null
job_heartbeats.declared_at timestamp with time zone not null default clock_timestamp()
job_heartbeats.last_success_at timestamp with time zone
job_heartbeats.last_report jsonb
job_heartbeats.last_failure_at timestamp with time zone
job_heartbeats.last_failure text
key_requests.tenant_id text not null
key_requests.principal text not null
key_requests.key_value text not null
key_requests.body_hash text not null
key_requests.key_id text not null
key_requests.at timestamp with time zone not null default business_now()
last_uses.tenant_id text not null
last_uses.person_id text not null
last_uses.kind text not null
last_uses.credential_id text not null default ''::text
last_uses.last_at timestamp with time zone not null
mail_route.single boolean not null default true
mail_route.state text not null default 'up'::text
mail_route.since timestamp with time zone not null default business_now()
mail_route.probe_at timestamp with time zone not null default business_now()
mail_route.problem text
matrix_contacts.tenant_id text not null
matrix_contacts.process_id text not null
matrix_contacts.version integer not null
matrix_contacts.person_id text not null
matrix_contacts.side text not null
matrix_contacts.role text not null
matrix_contacts.level text not null
matrix_contacts.zone text not null
matrix_contacts.hours text not null
matrix_contacts.deputy_id text
matrix_contacts.authorised_caller boolean not null
matrix_contacts.may_approve text[] not null
matrix_contacts.valid_from timestamp with time zone
matrix_contacts.valid_to timestamp with time zone
matrix_contacts.name text not null
matrix_contacts.phone text
matrix_contacts.email text
matrix_contacts.language text not null
matrix_versions.tenant_id text not null
matrix_versions.process_id text not null
matrix_versions.version integer not null
matrix_versions.in_force_from timestamp with time zone
matrix_versions.in_force_to timestamp with time zone
matrix_versions.reason text not null
matrix_versions.sha256 text not null
matrix_versions.authors text[] not null
matrix_versions.agreed_provider text
matrix_versions.agreed_end_user text
old_secrets.secret_hash text not null
old_secrets.tenant_id text not null
old_secrets.key_id text not null
old_secrets.ends_at timestamp with time zone not null
one_time_links.tenant_id text not null
one_time_links.token_hash text not null
one_time_links.process_id text not null
one_time_links.command text not null
one_time_links.payload jsonb not null
one_time_links.person_id text not null
one_time_links.effect_id text not null
one_time_links.expires_at timestamp with time zone not null
one_time_links.used_at timestamp with time zone
one_time_links.created_at timestamp with time zone not null default business_now()
page_acknowledgements.tenant_id text not null
page_acknowledgements.effect_id text not null
page_acknowledgements.process_id text not null
page_acknowledgements.person_id text not null
page_acknowledgements.via text not null
page_acknowledgements.at timestamp with time zone not null default business_now()
page_acknowledgements.channel text
page_reports.tenant_id text not null
page_reports.id text not null
page_reports.try_id text not null
page_reports.status text not null
page_reports.happened_at timestamp with time zone not null
page_reports.received_at timestamp with time zone not null default business_now()
page_reports.late boolean not null
page_tries.tenant_id text not null
page_tries.id text not null
page_tries.effect_id text not null
page_tries.process_id text not null
page_tries.event_id text not null
page_tries.person_id text not null
page_tries.round integer not null
page_tries.channel text not null
page_tries.destination text not null
page_tries.outcome text not null
page_tries.joined boolean not null
page_tries.started_at timestamp with time zone not null default business_now()
page_tries.ended_at timestamp with time zone
page_tries.reported_at timestamp with time zone
page_tries.problem text
page_tries.message_id text
people.tenant_id text not null
people.id text not null
people.side text not null
people.name text not null
people.email text
people.phone text
people.zone text not null
people.language text not null default 'en'::text
people.calendar_id text
people.deputy_id text
people.grants text[] not null default '{}'::text[]
people.active boolean not null default true
policies.tenant_id text not null
policies.id text not null
policies.version integer not null
policies.body jsonb not null
policies.author text not null
policies.approver text
policies.state text not null
policies.created_at timestamp with time zone not null default business_now()
policies.approved_at timestamp with time zone
processes.tenant_id text not null
processes.id text not null
processes.slug text not null
processes.status text not null default ''::text
processes.status_since timestamp with time zone
processes.data jsonb
processes.seq integer not null default 0
processes.epoch integer not null default 1
processes.last_at timestamp with time zone
processes.runs jsonb not null default '{}'::jsonb
processes.owner_id text not null
processes.policy_id text not null
processes.policy_version integer not null
processes.contract_id text
processes.headline text not null default ''::text
processes.blocked jsonb
processes.is_blocked boolean not null generated always as ((blocked IS NOT NULL))
processes.closed boolean not null default false
processes.over boolean not null default false
processes.inbox_number integer not null default 0
processes.next_due_at timestamp with time zone
processes.created_at timestamp with time zone not null default business_now()
recalculations.tenant_id text not null
recalculations.process_id text not null
recalculations.asked_at timestamp with time zone not null
refusals.tenant_id text not null
refusals.number bigint not null
refusals.kind text not null
refusals.process_id text
refusals.inbox_id text
refusals.code text not null
refusals.principal text
refusals.at timestamp with time zone not null
refusals.bytes text not null
refusals.prev_hash text not null
refusals.hash text not null
restored_modes.id text not null
restored_modes.found_at timestamp with time zone not null default business_now()
restored_modes.found_by text not null
restored_modes.evidence jsonb not null
restored_modes.applied_by text
restored_modes.reason text
restored_modes.effects_set_at timestamp with time zone
restored_modes.declared_hash text
restored_modes.epoch integer
restored_modes.left_at timestamp with time zone
restored_modes.runners_restarted_at timestamp with time zone
restores.hash text not null
restores.at timestamp with time zone not null
restores.declared_by text not null
restores.reason text not null
restores.abandoned_number bigint
restores.abandoned_hash text
restores.bytes text not null
rotas.tenant_id text not null
rotas.id text not null
rotas.version integer not null
rotas.body jsonb not null
rotas.author text not null
rotas.approver text
rotas.state text not null
rotas.created_at timestamp with time zone not null default business_now()
rotas.approved_at timestamp with time zone
settings.tenant_id text not null
settings.name text not null
settings.value jsonb not null
signature_evidence.tenant_id text not null
signature_evidence.id text not null
signature_evidence.process_id text not null
signature_evidence.person_id text not null
signature_evidence.adapter text not null
signature_evidence.title text not null
signature_evidence.document_version integer not null
signature_evidence.document_sha256 text not null
signature_evidence.typed_name text
signature_evidence.ip text
signature_evidence.signed_at timestamp with time zone not null
signature_evidence.sha256 text not null
signature_evidence.erased_at timestamp with time zone
sites.tenant_id text not null
sites.id text not null
sites.contract_id text
sites.name text not null
sites.zone text not null
sites.calendar_id text
sites.country text
sites.region text
sites.address jsonb
store_state.single boolean not null default true
store_state.store_id uuid not null default gen_random_uuid()
store_state.epoch integer not null default 1
store_state.pulse bigint not null default 0
store_state.restored_mode text
tasks.tenant_id text not null
tasks.id text not null
tasks.process_id text not null
tasks.slug text not null
tasks.kind text not null
tasks.command text not null
tasks.label text not null
tasks.subject text not null default ''::text
tasks.clock text not null default ''::text
tasks.clock_key text not null default ''::text
tasks.due_at timestamp with time zone
tasks.missed boolean not null default false
tasks.people text[] not null
tenants.id text not null
tenants.name text not null
tenants.kind text not null
tenants.directory_version integer not null default 0
tenants.created_at timestamp with time zone not null default business_now()

-- Constraints
abandoned_effects: abandoned_effects_pkey PRIMARY KEY (tenant_id, effect_id)
abandoned_effects: abandoned_effects_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
absences: absences_pkey PRIMARY KEY (tenant_id, handover_id)
absences: absences_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
absences: absences_tenant_id_handover_id_fkey FOREIGN KEY (tenant_id, handover_id) REFERENCES processes(tenant_id, id)
access: access_pkey PRIMARY KEY (principal, tenant_id, role)
access: access_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
api_keys: api_keys_pkey PRIMARY KEY (id)
api_keys: api_keys_scopes_check CHECK (((cardinality(scopes) > 0) AND (scopes <@ '{read,command,administer}'::text[])))
api_keys: api_keys_secret_hash_key UNIQUE (secret_hash)
api_keys: api_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
api_keys: api_keys_tenant_id_person_id_fkey FOREIGN KEY (tenant_id, person_id) REFERENCES people(tenant_id, id)
archive_state: archive_state_pkey PRIMARY KEY (single)
archive_state: archive_state_single_check CHECK (single)
archived_histories: archived_histories_pkey PRIMARY KEY (workflow_id, run_id)
archived_histories: archived_histories_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
bounces: bounces_pkey PRIMARY KEY (tenant_id, inbox_id)
bounces: bounces_tenant_id_inbox_id_fkey FOREIGN KEY (tenant_id, inbox_id) REFERENCES inbox(tenant_id, id) ON DELETE CASCADE
calendar_heads: calendar_heads_pkey PRIMARY KEY (tenant_id, id)
calendar_heads: calendar_heads_tenant_id_id_version_fkey FOREIGN KEY (tenant_id, id, version) REFERENCES calendars(tenant_id, id, version)
calendars: calendars_check CHECK (((approver IS NULL) OR (approver <> author)))
calendars: calendars_check1 CHECK (((state = 'approved'::text) = ((approver IS NOT NULL) AND (approved_at IS NOT NULL))))
calendars: calendars_pkey PRIMARY KEY (tenant_id, id, version)
calendars: calendars_state_check CHECK ((state = ANY (ARRAY['draft'::text, 'approved'::text])))
calendars: calendars_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
calendars: calendars_version_check CHECK ((version > 0))
chain_heads: chain_heads_kind_check CHECK ((kind = ANY (ARRAY['event'::text, 'refusal'::text])))
chain_heads: chain_heads_pkey PRIMARY KEY (tenant_id, kind)
chain_heads: chain_heads_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
checkpoint_deliveries: checkpoint_deliveries_number_fkey FOREIGN KEY (number) REFERENCES checkpoints(number)
checkpoint_deliveries: checkpoint_deliveries_pkey PRIMARY KEY (number, place)
checkpoint_keys: checkpoint_keys_pkey PRIMARY KEY (id)
checkpoints: checkpoints_hash_key UNIQUE (hash)
checkpoints: checkpoints_number_check CHECK ((number > 0))
checkpoints: checkpoints_pkey PRIMARY KEY (number)
clocks: clocks_check CHECK (((ended_at IS NULL) = (outcome = ANY (ARRAY['running'::text, 'paused'::text]))))
clocks: clocks_outcome_check CHECK ((outcome = ANY (ARRAY['running'::text, 'paused'::text, 'met'::text, 'missed'::text, 'elapsed'::text, 'cancelled'::text])))
clocks: clocks_pkey PRIMARY KEY (tenant_id, process_id, name, key, run)
clocks: clocks_tenant_id_process_id_fkey FOREIGN KEY (tenant_id, process_id) REFERENCES processes(tenant_id, id)
contact_channels: contact_channels_kind_check CHECK ((kind = ANY (ARRAY['sms'::text, 'voice'::text, 'chat'::text])))
contact_channels: contact_channels_pkey PRIMARY KEY (tenant_id, person_id, kind)
contact_channels: contact_channels_tenant_id_person_id_fkey FOREIGN KEY (tenant_id, person_id) REFERENCES people(tenant_id, id) ON DELETE CASCADE
contents: contents_pkey PRIMARY KEY (tenant_id, hash)
contents: contents_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
contract_contacts: contract_contacts_pkey PRIMARY KEY (tenant_id, contract_id, person_id)
contract_contacts: contract_contacts_tenant_id_contract_id_fkey FOREIGN KEY (tenant_id, contract_id) REFERENCES contracts(tenant_id, id) ON DELETE CASCADE
contracts: contracts_pkey PRIMARY KEY (tenant_id, id)
contracts: contracts_process_id_key UNIQUE (process_id)
contracts: contracts_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
documents: documents_pkey PRIMARY KEY (tenant_id, id, version, language)
documents: documents_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
documents: documents_version_check CHECK ((version > 0))
effects: effects_check CHECK (((state = 'superseded'::text) = (superseded_by IS NOT NULL)))
effects: effects_pkey PRIMARY KEY (tenant_id, id)
effects: effects_state_check CHECK ((state = ANY (ARRAY['planned'::text, 'sent'::text, 'confirmed'::text, 'failed'::text, 'unknown'::text, 'dropped'::text, 'superseded'::text])))
effects: effects_tenant_id_key_key UNIQUE (tenant_id, key)
effects: effects_tenant_id_process_id_fkey FOREIGN KEY (tenant_id, process_id) REFERENCES processes(tenant_id, id)
event_details: event_details_pkey PRIMARY KEY (tenant_id, event_id)
events: events_pkey PRIMARY KEY (tenant_id, process_id, seq)
events: events_tenant_id_chain_no_key UNIQUE (tenant_id, chain_no)
events: events_tenant_id_id_key UNIQUE (tenant_id, id)
events: events_tenant_id_process_id_fkey FOREIGN KEY (tenant_id, process_id) REFERENCES processes(tenant_id, id)
external_identities: external_identities_issuer_check CHECK ((issuer <> ''::text))
external_identities: external_identities_pkey PRIMARY KEY (issuer, subject)
external_identities: external_identities_subject_check CHECK ((subject <> ''::text))
external_identities: external_identities_tenant_id_person_id_fkey FOREIGN KEY (tenant_id, person_id) REFERENCES people(tenant_id, id)
files: files_bytes_check CHECK ((bytes >= 0))
files: files_name_check CHECK ((name <> ''::text))
files: files_pkey PRIMARY KEY (tenant_id, sha256)
files: files_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
files: files_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
given_grants: given_grants_pkey PRIMARY KEY (tenant_id, person_id, grant_name)
given_grants: given_grants_tenant_id_person_id_fkey FOREIGN KEY (tenant_id, person_id) REFERENCES people(tenant_id, id)
inbox: inbox_check CHECK ((((key_principal IS NULL) = (key_value IS NULL)) AND ((key_value IS NULL) = (body_hash IS NULL))))
inbox: inbox_check1 CHECK (((state = ANY (ARRAY['answered'::text, 'skipped'::text])) = (answer IS NOT NULL)))
inbox: inbox_kind_check CHECK ((kind = ANY (ARRAY['start'::text, 'command'::text, 'signal'::text, 'system'::text])))
inbox: inbox_pkey PRIMARY KEY (tenant_id, id)
inbox: inbox_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'answered'::text, 'parked'::text, 'skipped'::text])))
inbox: inbox_tenant_id_key_principal_key_value_key UNIQUE (tenant_id, key_principal, key_value)
inbox: inbox_tenant_id_process_id_fkey FOREIGN KEY (tenant_id, process_id) REFERENCES processes(tenant_id, id)
inbox: inbox_tenant_id_process_id_number_key UNIQUE (tenant_id, process_id, number)
job_heartbeats: job_heartbeats_every_ms_check CHECK ((every_ms > 0))
job_heartbeats: job_heartbeats_name_check CHECK ((name <> ''::text))
job_heartbeats: job_heartbeats_pkey PRIMARY KEY (name)
key_requests: key_requests_key_id_fkey FOREIGN KEY (key_id) REFERENCES api_keys(id)
key_requests: key_requests_pkey PRIMARY KEY (principal, key_value)
key_requests: key_requests_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
last_uses: last_uses_kind_check CHECK ((kind = ANY (ARRAY['key'::text, 'token'::text, 'name'::text])))
last_uses: last_uses_pkey PRIMARY KEY (tenant_id, person_id, kind, credential_id)
last_uses: last_uses_tenant_id_person_id_fkey FOREIGN KEY (tenant_id, person_id) REFERENCES people(tenant_id, id)
mail_route: mail_route_pkey PRIMARY KEY (single)
mail_route: mail_route_single_check CHECK (single)
mail_route: mail_route_state_check CHECK ((state = ANY (ARRAY['up'::text, 'down'::text, 'draining'::text])))
matrix_contacts: matrix_contacts_level_check CHECK ((level = ANY (ARRAY['L0'::text, 'L1'::text, 'L2'::text, 'L3'::text, 'L4'::text])))
matrix_contacts: matrix_contacts_pkey PRIMARY KEY (tenant_id, process_id, version, person_id)
matrix_contacts: matrix_contacts_side_check CHECK ((side = ANY (ARRAY['provider'::text, 'endUser'::text])))
matrix_contacts: matrix_contacts_tenant_id_process_id_version_fkey FOREIGN KEY (tenant_id, process_id, version) REFERENCES matrix_versions(tenant_id, process_id, version) ON DELETE CASCADE
matrix_versions: matrix_versions_check CHECK (((in_force_to IS NULL) OR (in_force_from IS NOT NULL)))
matrix_versions: matrix_versions_pkey PRIMARY KEY (tenant_id, process_id, version)
matrix_versions: matrix_versions_reason_check CHECK ((reason = ANY (ARRAY['agreed'::text, 'leaver'::text])))
matrix_versions: matrix_versions_tenant_id_process_id_fkey FOREIGN KEY (tenant_id, process_id) REFERENCES processes(tenant_id, id)
matrix_versions: matrix_versions_version_check CHECK ((version > 0))
old_secrets: old_secrets_key_id_fkey FOREIGN KEY (key_id) REFERENCES api_keys(id)
old_secrets: old_secrets_pkey PRIMARY KEY (secret_hash)
old_secrets: old_secrets_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
one_time_links: one_time_links_pkey PRIMARY KEY (tenant_id, token_hash)
one_time_links: one_time_links_tenant_id_process_id_fkey FOREIGN KEY (tenant_id, process_id) REFERENCES processes(tenant_id, id)
one_time_links: one_time_links_token_hash_key UNIQUE (token_hash)
page_acknowledgements: page_acknowledgements_channel_check CHECK ((channel = ANY (ARRAY['sms'::text, 'voice'::text, 'chat'::text, 'mail'::text])))
page_acknowledgements: page_acknowledgements_pkey PRIMARY KEY (tenant_id, effect_id)
page_acknowledgements: page_acknowledgements_tenant_id_effect_id_fkey FOREIGN KEY (tenant_id, effect_id) REFERENCES effects(tenant_id, id)
page_acknowledgements: page_acknowledgements_via_check CHECK ((via = ANY (ARRAY['link'::text, 'api'::text, 'cli'::text])))
page_reports: page_reports_pkey PRIMARY KEY (tenant_id, id)
page_reports: page_reports_status_check CHECK ((status = ANY (ARRAY['delivered'::text, 'failed'::text])))
page_reports: page_reports_try_id_fkey FOREIGN KEY (try_id) REFERENCES page_tries(id)
page_tries: page_tries_channel_check CHECK ((channel = ANY (ARRAY['sms'::text, 'voice'::text, 'chat'::text, 'mail'::text])))
page_tries: page_tries_check CHECK (((outcome = 'trying'::text) = (ended_at IS NULL)))
page_tries: page_tries_id_key UNIQUE (id)
page_tries: page_tries_outcome_check CHECK ((outcome = ANY (ARRAY['trying'::text, 'accepted'::text, 'delivered'::text, 'failed'::text, 'unknown'::text])))
page_tries: page_tries_pkey PRIMARY KEY (tenant_id, id)
page_tries: page_tries_round_check CHECK ((round > 0))
page_tries: page_tries_tenant_id_effect_id_fkey FOREIGN KEY (tenant_id, effect_id) REFERENCES effects(tenant_id, id)
page_tries: page_tries_tenant_id_effect_id_round_channel_key UNIQUE (tenant_id, effect_id, round, channel)
people: people_check CHECK (((side = 'provider'::text) = (tenant_id = 'provider'::text)))
people: people_check1 CHECK (((side = 'provider'::text) OR (grants = '{}'::text[])))
people: people_id_key UNIQUE (id)
people: people_pkey PRIMARY KEY (tenant_id, id)
people: people_side_check CHECK ((side = ANY (ARRAY['provider'::text, 'endUser'::text])))
people: people_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
policies: policies_check CHECK (((approver IS NULL) OR (approver <> author)))
policies: policies_check1 CHECK (((state = 'approved'::text) = ((approver IS NOT NULL) AND (approved_at IS NOT NULL))))
policies: policies_pkey PRIMARY KEY (tenant_id, id, version)
policies: policies_state_check CHECK ((state = ANY (ARRAY['draft'::text, 'approved'::text])))
policies: policies_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
policies: policies_version_check CHECK ((version > 0))
processes: processes_check CHECK (((seq = 0) = (status = ''::text)))
processes: processes_check1 CHECK (((seq = 0) = (data IS NULL)))
processes: processes_check2 CHECK (((NOT over) OR closed))
processes: processes_id_key UNIQUE (id)
processes: processes_owner_id_check CHECK ((owner_id <> ''::text))
processes: processes_pkey PRIMARY KEY (tenant_id, id)
processes: processes_seq_check CHECK ((seq >= 0))
processes: processes_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
recalculations: recalculations_pkey PRIMARY KEY (tenant_id, process_id)
recalculations: recalculations_tenant_id_process_id_fkey FOREIGN KEY (tenant_id, process_id) REFERENCES processes(tenant_id, id)
refusals: refusals_kind_check CHECK ((kind = ANY (ARRAY['refusal'::text, 'access'::text, 'change'::text])))
refusals: refusals_pkey PRIMARY KEY (tenant_id, number)
refusals: refusals_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
restored_modes: restored_modes_found_by_check CHECK ((found_by = ANY (ARRAY['runner'::text, 'pulse'::text, 'checkpoint'::text, 'operator'::text])))
restored_modes: restored_modes_pkey PRIMARY KEY (id)
restores: restores_check CHECK (((abandoned_number IS NULL) = (abandoned_hash IS NULL)))
restores: restores_declared_by_check CHECK ((declared_by <> ''::text))
restores: restores_pkey PRIMARY KEY (hash)
restores: restores_reason_check CHECK ((reason <> ''::text))
rotas: rotas_check CHECK (((approver IS NULL) OR (approver <> author)))
rotas: rotas_check1 CHECK (((state = 'approved'::text) = ((approver IS NOT NULL) AND (approved_at IS NOT NULL))))
rotas: rotas_pkey PRIMARY KEY (tenant_id, id, version)
rotas: rotas_state_check CHECK ((state = ANY (ARRAY['draft'::text, 'approved'::text])))
rotas: rotas_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
rotas: rotas_version_check CHECK ((version > 0))
settings: settings_pkey PRIMARY KEY (tenant_id, name)
settings: settings_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
signature_evidence: signature_evidence_check CHECK (((erased_at IS NOT NULL) OR ((typed_name IS NOT NULL) AND (ip IS NOT NULL))))
signature_evidence: signature_evidence_document_version_check CHECK ((document_version > 0))
signature_evidence: signature_evidence_pkey PRIMARY KEY (tenant_id, id)
signature_evidence: signature_evidence_tenant_id_process_id_fkey FOREIGN KEY (tenant_id, process_id) REFERENCES processes(tenant_id, id)
sites: sites_pkey PRIMARY KEY (tenant_id, id)
sites: sites_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
store_state: store_state_epoch_check CHECK ((epoch > 0))
store_state: store_state_pkey PRIMARY KEY (single)
store_state: store_state_restored_mode_fkey FOREIGN KEY (restored_mode) REFERENCES restored_modes(id)
store_state: store_state_single_check CHECK (single)
tasks: tasks_kind_check CHECK ((kind = ANY (ARRAY['command'::text, 'attention'::text])))
tasks: tasks_pkey PRIMARY KEY (tenant_id, id)
tasks: tasks_tenant_id_process_id_fkey FOREIGN KEY (tenant_id, process_id) REFERENCES processes(tenant_id, id)
tenants: tenants_check CHECK (((kind = 'provider'::text) = (id = 'provider'::text)))
tenants: tenants_id_check CHECK ((id <> ''::text))
tenants: tenants_kind_check CHECK ((kind = ANY (ARRAY['provider'::text, 'endUser'::text])))
tenants: tenants_pkey PRIMARY KEY (id)

-- Indexes
CREATE UNIQUE INDEX abandoned_effects_pkey ON public.abandoned_effects USING btree (tenant_id, effect_id)
CREATE INDEX absences_by_person ON public.absences USING btree (person_id)
CREATE UNIQUE INDEX absences_pkey ON public.absences USING btree (tenant_id, handover_id)
CREATE INDEX access_by_tenant ON public.access USING btree (tenant_id)
CREATE UNIQUE INDEX access_pkey ON public.access USING btree (principal, tenant_id, role)
CREATE INDEX api_keys_by_person ON public.api_keys USING btree (tenant_id, person_id)
CREATE UNIQUE INDEX api_keys_pkey ON public.api_keys USING btree (id)
CREATE UNIQUE INDEX api_keys_secret_hash_key ON public.api_keys USING btree (secret_hash)
CREATE UNIQUE INDEX archive_state_pkey ON public.archive_state USING btree (single)
CREATE INDEX archived_histories_by_close ON public.archived_histories USING btree (closed_at)
CREATE UNIQUE INDEX archived_histories_pkey ON public.archived_histories USING btree (workflow_id, run_id)
CREATE UNIQUE INDEX bounces_pkey ON public.bounces USING btree (tenant_id, inbox_id)
CREATE UNIQUE INDEX calendar_heads_pkey ON public.calendar_heads USING btree (tenant_id, id)
CREATE UNIQUE INDEX calendars_pkey ON public.calendars USING btree (tenant_id, id, version)
CREATE UNIQUE INDEX chain_heads_pkey ON public.chain_heads USING btree (tenant_id, kind)
CREATE UNIQUE INDEX checkpoint_deliveries_pkey ON public.checkpoint_deliveries USING btree (number, place)
CREATE UNIQUE INDEX checkpoint_keys_pkey ON public.checkpoint_keys USING btree (id)
CREATE UNIQUE INDEX checkpoints_hash_key ON public.checkpoints USING btree (hash)
CREATE UNIQUE INDEX checkpoints_pkey ON public.checkpoints USING btree (number)
CREATE INDEX clocks_by_calendar ON public.clocks USING btree (calendar_id, calendar_version) WHERE (ended_at IS NULL)
CREATE INDEX clocks_due ON public.clocks USING btree (due_at) WHERE (ended_at IS NULL)
CREATE UNIQUE INDEX clocks_pkey ON public.clocks USING btree (tenant_id, process_id, name, key, run)
CREATE UNIQUE INDEX clocks_running ON public.clocks USING btree (tenant_id, process_id, name, key) WHERE (ended_at IS NULL)
CREATE UNIQUE INDEX contact_channels_pkey ON public.contact_channels USING btree (tenant_id, person_id, kind)
CREATE UNIQUE INDEX contents_pkey ON public.contents USING btree (tenant_id, hash)
CREATE UNIQUE INDEX contract_contacts_pkey ON public.contract_contacts USING btree (tenant_id, contract_id, person_id)
CREATE UNIQUE INDEX contracts_by_id ON public.contracts USING btree (id)
CREATE INDEX contracts_by_staff ON public.contracts USING btree (manager_id)
CREATE UNIQUE INDEX contracts_pkey ON public.contracts USING btree (tenant_id, id)
CREATE UNIQUE INDEX contracts_process_id_key ON public.contracts USING btree (process_id)
CREATE UNIQUE INDEX documents_pkey ON public.documents USING btree (tenant_id, id, version, language)
CREATE INDEX effects_by_message_id ON public.effects USING btree (((evidence ->> 'messageId'::text))) WHERE ((evidence ->> 'messageId'::text) IS NOT NULL)
CREATE INDEX effects_by_process ON public.effects USING btree (tenant_id, process_id)
CREATE INDEX effects_by_topic ON public.effects USING btree (tenant_id, topic, not_before) WHERE (topic IS NOT NULL)
CREATE INDEX effects_mail_queue ON public.effects USING btree (urgent DESC, not_before, id) WHERE ((state = 'planned'::text) AND (kind = 'mail'::text))
CREATE UNIQUE INDEX effects_pkey ON public.effects USING btree (tenant_id, id)
CREATE INDEX effects_planned ON public.effects USING btree (next_attempt_at) WHERE (state = 'planned'::text)
CREATE INDEX effects_sent ON public.effects USING btree (claimed_until) WHERE (state = 'sent'::text)
CREATE INDEX effects_sent_with ON public.effects USING btree (sent_with) WHERE (sent_with IS NOT NULL)
CREATE INDEX effects_superseded ON public.effects USING btree (tenant_id, superseded_by) WHERE (superseded_by IS NOT NULL)
CREATE UNIQUE INDEX effects_tenant_id_key_key ON public.effects USING btree (tenant_id, key)
CREATE INDEX effects_to_go_together ON public.effects USING btree (tenant_id, recipient_id, not_before) WHERE (digest AND (state = 'planned'::text))
CREATE INDEX effects_unknown ON public.effects USING btree (tenant_id, settled_at) WHERE (state = 'unknown'::text)
CREATE INDEX event_details_by_process ON public.event_details USING btree (tenant_id, process_id)
CREATE UNIQUE INDEX event_details_pkey ON public.event_details USING btree (tenant_id, event_id)
CREATE INDEX events_by_time ON public.events USING btree (tenant_id, at)
CREATE UNIQUE INDEX events_pkey ON public.events USING btree (tenant_id, process_id, seq)
CREATE UNIQUE INDEX events_tenant_id_chain_no_key ON public.events USING btree (tenant_id, chain_no)
CREATE UNIQUE INDEX events_tenant_id_id_key ON public.events USING btree (tenant_id, id)
CREATE INDEX external_identities_by_person ON public.external_identities USING btree (tenant_id, person_id)
CREATE UNIQUE INDEX external_identities_pkey ON public.external_identities USING btree (issuer, subject)
CREATE UNIQUE INDEX files_pkey ON public.files USING btree (tenant_id, sha256)
CREATE UNIQUE INDEX given_grants_pkey ON public.given_grants USING btree (tenant_id, person_id, grant_name)
CREATE INDEX inbox_parked ON public.inbox USING btree (tenant_id, accepted_at) WHERE (state = 'parked'::text)
CREATE INDEX inbox_pending ON public.inbox USING btree (tenant_id, process_id, accepted_at, number) WHERE (state = 'pending'::text)
CREATE UNIQUE INDEX inbox_pkey ON public.inbox USING btree (tenant_id, id)
CREATE UNIQUE INDEX inbox_tenant_id_key_principal_key_value_key ON public.inbox USING btree (tenant_id, key_principal, key_value)
CREATE UNIQUE INDEX inbox_tenant_id_process_id_number_key ON public.inbox USING btree (tenant_id, process_id, number)
CREATE INDEX inbox_waiting ON public.inbox USING btree (accepted_at) WHERE (state = 'pending'::text)
CREATE UNIQUE INDEX job_heartbeats_pkey ON public.job_heartbeats USING btree (name)
CREATE UNIQUE INDEX key_requests_pkey ON public.key_requests USING btree (principal, key_value)
CREATE UNIQUE INDEX last_uses_pkey ON public.last_uses USING btree (tenant_id, person_id, kind, credential_id)
CREATE UNIQUE INDEX mail_route_pkey ON public.mail_route USING btree (single)
CREATE INDEX matrix_contacts_by_person ON public.matrix_contacts USING btree (person_id)
CREATE UNIQUE INDEX matrix_contacts_pkey ON public.matrix_contacts USING btree (tenant_id, process_id, version, person_id)
CREATE INDEX matrix_versions_by_time ON public.matrix_versions USING btree (tenant_id, in_force_from)
CREATE UNIQUE INDEX matrix_versions_pkey ON public.matrix_versions USING btree (tenant_id, process_id, version)
CREATE INDEX old_secrets_by_key ON public.old_secrets USING btree (key_id)
CREATE UNIQUE INDEX old_secrets_pkey ON public.old_secrets USING btree (secret_hash)
CREATE INDEX one_time_links_by_effect ON public.one_time_links USING btree (tenant_id, effect_id)
CREATE UNIQUE INDEX one_time_links_pkey ON public.one_time_links USING btree (tenant_id, token_hash)
CREATE UNIQUE INDEX one_time_links_token_hash_key ON public.one_time_links USING btree (token_hash)
CREATE UNIQUE INDEX page_acknowledgements_pkey ON public.page_acknowledgements USING btree (tenant_id, effect_id)
CREATE INDEX page_reports_by_try ON public.page_reports USING btree (tenant_id, try_id)
CREATE UNIQUE INDEX page_reports_pkey ON public.page_reports USING btree (tenant_id, id)
CREATE INDEX page_tries_by_message_id ON public.page_tries USING btree (message_id) WHERE (message_id IS NOT NULL)
CREATE INDEX page_tries_by_process ON public.page_tries USING btree (tenant_id, process_id, started_at)
CREATE UNIQUE INDEX page_tries_id_key ON public.page_tries USING btree (id)
CREATE UNIQUE INDEX page_tries_one_each ON public.page_tries USING btree (tenant_id, event_id, round, destination) WHERE (NOT joined)
CREATE UNIQUE INDEX page_tries_pkey ON public.page_tries USING btree (tenant_id, id)
CREATE UNIQUE INDEX page_tries_tenant_id_effect_id_round_channel_key ON public.page_tries USING btree (tenant_id, effect_id, round, channel)
CREATE INDEX people_by_email ON public.people USING btree (lower(email))
CREATE UNIQUE INDEX people_id_key ON public.people USING btree (id)
CREATE UNIQUE INDEX people_pkey ON public.people USING btree (tenant_id, id)
CREATE UNIQUE INDEX policies_pkey ON public.policies USING btree (tenant_id, id, version)
CREATE INDEX processes_by_contract ON public.processes USING btree (tenant_id, contract_id)
CREATE INDEX processes_by_owner ON public.processes USING btree (owner_id) WHERE ((seq > 0) AND (NOT closed))
CREATE INDEX processes_by_slug ON public.processes USING btree (tenant_id, slug, status)
CREATE UNIQUE INDEX processes_id_key ON public.processes USING btree (id)
CREATE INDEX processes_newest ON public.processes USING btree (created_at DESC, id DESC) WHERE (seq > 0)
CREATE INDEX processes_newest_of_tenant ON public.processes USING btree (tenant_id, created_at DESC, id DESC) WHERE (seq > 0)
CREATE UNIQUE INDEX processes_pkey ON public.processes USING btree (tenant_id, id)
CREATE INDEX processes_running ON public.processes USING btree (next_due_at, id) WHERE (NOT over)
CREATE INDEX recalculations_by_age ON public.recalculations USING btree (asked_at)
CREATE UNIQUE INDEX recalculations_pkey ON public.recalculations USING btree (tenant_id, process_id)
CREATE INDEX refusals_accesses ON public.refusals USING btree (at DESC) WHERE (kind = 'access'::text)
CREATE INDEX refusals_by_process ON public.refusals USING btree (tenant_id, process_id)
CREATE UNIQUE INDEX refusals_pkey ON public.refusals USING btree (tenant_id, number)
CREATE UNIQUE INDEX restored_modes_pkey ON public.restored_modes USING btree (id)
CREATE UNIQUE INDEX restores_pkey ON public.restores USING btree (hash)
CREATE UNIQUE INDEX rotas_pkey ON public.rotas USING btree (tenant_id, id, version)
CREATE UNIQUE INDEX settings_pkey ON public.settings USING btree (tenant_id, name)
CREATE INDEX signature_evidence_by_person ON public.signature_evidence USING btree (person_id)
CREATE INDEX signature_evidence_by_process ON public.signature_evidence USING btree (tenant_id, process_id)
CREATE UNIQUE INDEX signature_evidence_pkey ON public.signature_evidence USING btree (tenant_id, id)
CREATE INDEX sites_by_contract ON public.sites USING btree (tenant_id, contract_id)
CREATE UNIQUE INDEX sites_pkey ON public.sites USING btree (tenant_id, id)
CREATE UNIQUE INDEX store_state_pkey ON public.store_state USING btree (single)
CREATE INDEX tasks_by_people ON public.tasks USING gin (people)
CREATE INDEX tasks_by_process ON public.tasks USING btree (tenant_id, process_id)
CREATE UNIQUE INDEX tasks_pkey ON public.tasks USING btree (tenant_id, id)
CREATE UNIQUE INDEX tenants_pkey ON public.tenants USING btree (id)

-- Row level security
abandoned_effects: enabled t, forced t
absences: enabled t, forced t
access: enabled t, forced t
api_keys: enabled t, forced t
archive_state: enabled t, forced t
archived_histories: enabled t, forced t
bounces: enabled t, forced t
calendar_heads: enabled t, forced t
calendars: enabled t, forced t
chain_heads: enabled t, forced t
checkpoint_deliveries: enabled t, forced t
checkpoint_keys: enabled t, forced t
checkpoints: enabled t, forced t
clocks: enabled t, forced t
contact_channels: enabled t, forced t
contents: enabled t, forced t
contract_contacts: enabled t, forced t
contracts: enabled t, forced t
documents: enabled t, forced t
effects: enabled t, forced t
event_details: enabled t, forced t
events: enabled t, forced t
external_identities: enabled t, forced t
files: enabled t, forced t
given_grants: enabled t, forced t
inbox: enabled t, forced t
job_heartbeats: enabled t, forced t
key_requests: enabled t, forced t
last_uses: enabled t, forced t
mail_route: enabled t, forced t
matrix_contacts: enabled t, forced t
matrix_versions: enabled t, forced t
old_secrets: enabled t, forced t
one_time_links: enabled t, forced t
page_acknowledgements: enabled t, forced t
page_reports: enabled t, forced t
page_tries: enabled t, forced t
people: enabled t, forced t
policies: enabled t, forced t
processes: enabled t, forced t
recalculations: enabled t, forced t
refusals: enabled t, forced t
restored_modes: enabled t, forced t
restores: enabled t, forced t
rotas: enabled t, forced t
settings: enabled t, forced t
signature_evidence: enabled t, forced t
sites: enabled t, forced t
store_state: enabled t, forced t
tasks: enabled t, forced t
tenants: enabled t, forced t

-- Policies
abandoned_effects: admin_all permissive for all to careplus_admin using (true) with check (true)
abandoned_effects: step_owns permissive for select to careplus_step using ((tenant_id = app_tenant()))
absences: admin_all permissive for all to careplus_admin using (true) with check (true)
absences: relay_sees permissive for select to careplus_relay using (true)
absences: step_owns permissive for all to careplus_step using ((tenant_id = app_tenant())) with check ((tenant_id = app_tenant()))
absences: step_reads_provider permissive for select to careplus_step using (((tenant_id = 'provider'::text) AND (app_tenant() IS NOT NULL)))
access: admin_all permissive for all to careplus_admin using (true) with check (true)
access: api_reads permissive for select to careplus_api using ((principal = app_principal()))
access: step_owns permissive for all to careplus_step using ((tenant_id = app_tenant())) with check ((tenant_id = app_tenant()))
api_keys: admin_all permissive for all to careplus_admin using (true) with check (true)
api_keys: api_reads permissive for select to careplus_api using ((tenant_id IN ( SELECT a.tenant_id
   FROM access a
  WHERE (a.principal = app_principal()))))
api_keys: step_owns permissive for all to careplus_step using ((tenant_id = app_tenant())) with check ((tenant_id = app_tenant()))
archive_state: admin_all permissive for all to careplus_admin using (true) with check (true)
archived_histories: admin_all permissive for all to careplus_admin using (true) with check (true)
bounces: admin_all permissive for all to careplus_admin using (true) with check (true)
bounces: relay_sees permissive for select to careplus_relay using (true)
bounces: step_owns permissive for all to careplus_step using ((tenant_id = app_tenant())) with check ((tenant_id = app_tenant()))
calendar_heads: admin_all permissive for all to careplus_admin using (true) with check (true)
calendar_heads: api_reads permissive for select to careplus_api using ((tenant_id IN ( SELECT a.tenant_id
   FROM access a
  WHERE (a.principal = app_principal()))))
calendar_heads: api_reads_provider permissive for select to careplus_api using (((tenant_id = 'provider'::text) AND (EXISTS ( SELECT
   FROM access a
  WHERE (a.principal = app_principal())))))
calendar_heads: relay_sees permissive for select to careplus_relay using (true)
calendar_heads: step_changes_none restrictive for update to careplus_step using (true) with check (false)
calendar_heads: step_locks_provider permissive for update to careplus_step using ((tenant_id = ANY (ARRAY[app_tenant(), 'provider'::text]))) with check (false)
calendar_heads: step_owns permissive for all to careplus_step using ((tenant_id = app_tenant())) with check ((tenant_id = app_tenant()))
calendar_heads: step_reads_provider permissive for select to careplus_step using (((tenant_id = 'provider'::text) AND (app_tenant() IS NOT NULL)))
calendars: admin_all permissive for all to careplus_admin using (true) with check (true)
calendars: api_reads permissive for select to careplus_api using ((tenant_id IN ( SELECT a.tenant_id
   FROM access a
  WHERE (a.principal = app_principal()))))
calendars: api_reads_provider permissive for select to careplus_api using (((tenant_id = 'provider'::text) AND (EXISTS ( SELECT
   FROM access a
  WHERE (a.principal = app_principal())))))
calendars: checker_sees permissive for select to careplus_relay using (true)
calendars: step_owns permissive for all to careplus_step using ((tenant_id = app_tenant())) with check ((tenant_id = app_tenant()))
calendars: step_reads_provider permissive for select to careplus_step using (((tenant_id = 'provider'::text) AND (app_tenant() IS NOT NULL)))
chain_heads: admin_all permissive for all to careplus_admin using (true) with check (true)
chain_heads: api_reads permissive for select to careplus_api using ((tenant_id IN ( SELECT a.tenant_id
   FROM access a
  WHERE (a.principal = app_principal()))))
chain_heads: checker_sees permissive for select to careplus_relay using (true)
chain_heads: step_owns permissive for all to careplus_step using ((tenant_id = app_tenant())) with check ((tenant_id = app_tenant()))
checkpoint_deliveries: admin_all permissive for all to careplus_admin using (true) with check (true)
checkpoint_keys: admin_all permissive for all to careplus_admin using (true) with check (true)
checkpoints: admin_all permissive for all to careplus_admin using (true) with check (true)
clocks: admin_all permissive for all to careplus_admin using (true) with check (true)
clocks: api_reads permissive for select to careplus_api using ((tenant_id IN ( SELECT a.tenant_id
   FROM access a
  WHERE (a.principal = app_principal()))))
clocks: handover_stays_between restrictive for select to careplus_api using (((tenant_id <> 'provider'::text) OR (process_id IS NULL) OR (process_id IN ( SELECT p.id
   FROM processes p
  WHERE (p.tenant_id = 'provider'::text)))))
clocks: provider_looks_over permissive for select to careplus_step using ((app_tenant() = 'provider'::text))
clocks: relay_sees permissive for select to careplus_relay using (true)
clocks: step_owns permissive for all to careplus_step using ((tenant_id = app_tenant())) with check ((tenant_id = app_tenant()))
contact_channels: admin_all permissive for all to careplus_admin using (true) with check (true)
contact_channels: step_reads permissive for select to careplus_step using (((app_tenant() IS NOT NULL) AND (tenant_id = ANY (ARRAY[app_tenant(), 'provider'::text]))))
contents: admin_all permissive for all to careplus_admin using (true) with check (true)
contents: api_reads permissive for select to careplus_api using ((tenant_id IN ( SELECT a.tenant_id
   FROM access a
  WHERE (a.principal = app_principal()))))
contents: step_owns permissive for all to careplus_step using ((tenant_id = app_tenant())) with check ((tenant_id = app_tenant()))
contract_contacts: admin_all permissive for all to careplus_admin using (true) with check (true)
contract_contacts: api_reads permissive for select to careplus_api using ((tenant_id IN ( SELECT a.tenant_id
   FROM access a
  WHERE (a.principal = app_principal()))))
contract_contacts: step_owns permissive for all to careplus_step using ((tenant_id = app_tenant())) with check ((tenant_id = app_tenant()))
contracts: admin_all permissive for all to careplus_admin using (true) with check (true)
contracts: api_reads permissive for select to careplus_api using ((tenant_id IN ( SELECT a.tenant_id
   FROM access a
  WHERE (a.principal = app_principal()))))
contracts: provider_looks_over permissive for select to careplus_step using ((app_tenant() = 'provider'::text))
contracts: step_owns permissive for all to careplus_step using ((tenant_id = app_tenant())) with check ((tenant_id = app_tenant()))
documents: admin_all permissive for all to careplus_admin using (true) with check (true)
documents: api_reads permissive for select to careplus_api using ((tenant_id IN ( SELECT a.tenant_id
   FROM access a
  WHERE (a.principal = app_principal()))))
documents: api_reads_provider permissive for select to careplus_api using (((tenant_id = 'provider'::text) AND (EXISTS ( SELECT
   FROM access a
  WHERE (a.principal = app_principal())))))
documents: step_owns permissive for all to careplus_step using ((tenant_id = app_tenant())) with check ((tenant_id = app_tenant()))
documents: step_reads_provider permissive for select to careplus_step using (((tenant_id = 'provider'::text) AND (app_tenant() IS NOT NULL)))
effects: admin_all permissive for all to careplus_admin using (true) with check (true)
effects: api_reads permissive for select to careplus_api using ((tenant_id IN ( SELECT a.tenant_id
   FROM access a
  WHERE (a.principal = app_principal()))))
effects: handover_stays_between restrictive for select to careplus_api using (((tenant_id <> 'provider'::text) OR (process_id IS NULL) OR (process_id IN ( SELECT p.id
   FROM processes p
  WHERE (p.tenant_id = 'provider'::text)))))
effects: internal_stays_inside restrictive for select to careplus_api using (((recipient_id IN ( SELECT p.id
   FROM people p
  WHERE (p.tenant_id = effects.tenant_id))) OR (EXISTS ( SELECT
   FROM access a
  WHERE ((a.principal = app_principal()) AND (a.tenant_id = 'provider'::text))))))
effects: relay_sees permissive for select to careplus_relay using (true)
effects: step_owns permissive for all to careplus_step using ((tenant_id = app_tenant())) with check ((tenant_id = app_tenant()))
event_details: admin_all permissive for all to careplus_admin using (true) with check (true)
event_details: api_reads permissive for select to careplus_api using ((tenant_id IN ( SELECT a.tenant_id
   FROM access a
  WHERE (a.principal = app_principal()))))
event_details: handover_stays_between restrictive for select to careplus_api using (((tenant_id <> 'provider'::text) OR (process_id IS NULL) OR (process_id IN ( SELECT p.id
   FROM processes p
  WHERE (p.tenant_id = 'provider'::text)))))
event_details: internal_stays_inside restrictive for select to careplus_api using (((NOT internal) OR (EXISTS ( SELECT
   FROM access a
  WHERE ((a.principal = app_principal()) AND (a.tenant_id = 'provider'::text))))))
event_details: step_owns permissive for all to careplus_step using ((tenant_id = app_tenant())) with check ((tenant_id = app_tenant()))
events: admin_all permissive for all to careplus_admin using (true) with check (true)
events: api_reads permissive for select to careplus_api using ((tenant_id IN ( SELECT a.tenant_id
   FROM access a
  WHERE (a.principal = app_principal()))))
events: checker_sees permissive for select to careplus_relay using (true)
events: handover_stays_between restrictive for select to careplus_api using (((tenant_id <> 'provider'::text) OR (process_id IS NULL) OR (process_id IN ( SELECT p.id
   FROM processes p
  WHERE (p.tenant_id = 'provider'::text)))))
events: internal_stays_inside restrictive for select to careplus_api using (((NOT internal) OR (EXISTS ( SELECT
   FROM access a
  WHERE ((a.principal = app_principal()) AND (a.tenant_id = 'provider'::text))))))
events: step_owns permissive for all to careplus_step using ((tenant_id = app_tenant())) with check ((tenant_id = app_tenant()))
external_identities: admin_all permissive for all to careplus_admin using (true) with check (true)
files: admin_all permissive for all to careplus_admin using (true) with check (true)
files: api_reads permissive for select to careplus_api using ((tenant_id IN ( SELECT a.tenant_id
   FROM access a
  WHERE (a.principal = app_principal()))))
files: internal_stays_inside restrictive for select to careplus_api using (((NOT internal) OR (EXISTS ( SELECT
   FROM access a
  WHERE ((a.principal = app_principal()) AND (a.tenant_id = 'provider'::text))))))
files: step_owns permissive for all to careplus_step using ((tenant_id = app_tenant())) with check ((tenant_id = app_tenant()))
given_grants: admin_all permissive for all to careplus_admin using (true) with check (true)
inbox: admin_all permissive for all to careplus_admin using (true) with check (true)
inbox: api_reads permissive for select to careplus_api using ((tenant_id IN ( SELECT a.tenant_id
   FROM access a
  WHERE (a.principal = app_principal()))))
inbox: handover_stays_between restrictive for select to careplus_api using (((tenant_id <> 'provider'::text) OR (process_id IS NULL) OR (process_id IN ( SELECT p.id
   FROM processes p
  WHERE (p.tenant_id = 'provider'::text)))))
inbox: internal_stays_inside restrictive for select to careplus_api using (((actor = app_principal()) OR (EXISTS ( SELECT
   FROM access a
  WHERE ((a.principal = app_principal()) AND (a.tenant_id = 'provider'::text))))))
inbox: relay_sees permissive for select to careplus_relay using (true)
inbox: step_owns permissive for all to careplus_step using ((tenant_id = app_tenant())) with check ((tenant_id = app_tenant()))
job_heartbeats: admin_all permissive for all to careplus_admin using (true) with check (true)
job_heartbeats: relay_keeps permissive for all to careplus_relay using (true) with check (true)
key_requests: admin_all permissive for all to careplus_admin using (true) with check (true)
last_uses: admin_all permissive for all to careplus_admin using (true) with check (true)
mail_route: admin_all permissive for all to careplus_admin using (true) with check (true)
mail_route: everybody_routes permissive for all to careplus_relay, careplus_step using (true) with check (true)
matrix_contacts: admin_all permissive for all to careplus_admin using (true) with check (true)
matrix_contacts: api_reads permissive for select to careplus_api using ((tenant_id IN ( SELECT a.tenant_id
   FROM access a
  WHERE (a.principal = app_principal()))))
matrix_contacts: step_owns permissive for all to careplus_step using ((tenant_id = app_tenant())) with check ((tenant_id = app_tenant()))
matrix_versions: admin_all permissive for all to careplus_admin using (true) with check (true)
matrix_versions: api_reads permissive for select to careplus_api using ((tenant_id IN ( SELECT a.tenant_id
   FROM access a
  WHERE (a.principal = app_principal()))))
matrix_versions: step_owns permissive for all to careplus_step using ((tenant_id = app_tenant())) with check ((tenant_id = app_tenant()))
old_secrets: admin_all permissive for all to careplus_admin using (true) with check (true)
one_time_links: admin_all permissive for all to careplus_admin using (true) with check (true)
one_time_links: api_reads permissive for select to careplus_api using ((tenant_id IN ( SELECT a.tenant_id
   FROM access a
  WHERE (a.principal = app_principal()))))
one_time_links: step_owns permissive for all to careplus_step using ((tenant_id = app_tenant())) with check ((tenant_id = app_tenant()))
page_acknowledgements: admin_all permissive for all to careplus_admin using (true) with check (true)
page_acknowledgements: api_reads permissive for select to careplus_api using (((tenant_id IN ( SELECT a.tenant_id
   FROM access a
  WHERE (a.principal = app_principal()))) AND (EXISTS ( SELECT
   FROM access a
  WHERE ((a.principal = app_principal()) AND (a.tenant_id = 'provider'::text))))))
page_acknowledgements: step_owns permissive for all to careplus_step using ((tenant_id = app_tenant())) with check ((tenant_id = app_tenant()))
page_reports: admin_all permissive for all to careplus_admin using (true) with check (true)
page_reports: api_reads permissive for select to careplus_api using (((tenant_id IN ( SELECT a.tenant_id
   FROM access a
  WHERE (a.principal = app_principal()))) AND (EXISTS ( SELECT
   FROM access a
  WHERE ((a.principal = app_principal()) AND (a.tenant_id = 'provider'::text))))))
page_reports: step_owns permissive for all to careplus_step using ((tenant_id = app_tenant())) with check ((tenant_id = app_tenant()))
page_tries: admin_all permissive for all to careplus_admin using (true) with check (true)
page_tries: api_reads permissive for select to careplus_api using (((tenant_id IN ( SELECT a.tenant_id
   FROM access a
  WHERE (a.principal = app_principal()))) AND (EXISTS ( SELECT
   FROM access a
  WHERE ((a.principal = app_principal()) AND (a.tenant_id = 'provider'::text))))))
page_tries: checker_sees permissive for select to careplus_relay using (true)
page_tries: step_owns permissive for all to careplus_step using ((tenant_id = app_tenant())) with check ((tenant_id = app_tenant()))
people: admin_all permissive for all to careplus_admin using (true) with check (true)
people: api_reads permissive for select to careplus_api using ((tenant_id IN ( SELECT a.tenant_id
   FROM access a
  WHERE (a.principal = app_principal()))))
people: api_reads_provider permissive for select to careplus_api using (((tenant_id = 'provider'::text) AND (EXISTS ( SELECT
   FROM access a
  WHERE (a.principal = app_principal())))))
people: checker_sees permissive for select to careplus_relay using (true)
people: step_owns permissive for all to careplus_step using ((tenant_id = app_tenant())) with check ((tenant_id = app_tenant()))
people: step_reads_provider permissive for select to careplus_step using (((tenant_id = 'provider'::text) AND (app_tenant() IS NOT NULL)))
policies: admin_all permissive for all to careplus_admin using (true) with check (true)
policies: api_reads permissive for select to careplus_api using ((tenant_id IN ( SELECT a.tenant_id
   FROM access a
  WHERE (a.principal = app_principal()))))
policies: api_reads_provider permissive for select to careplus_api using (((tenant_id = 'provider'::text) AND (EXISTS ( SELECT
   FROM access a
  WHERE (a.principal = app_principal())))))
policies: step_owns permissive for all to careplus_step using ((tenant_id = app_tenant())) with check ((tenant_id = app_tenant()))
policies: step_reads_provider permissive for select to careplus_step using (((tenant_id = 'provider'::text) AND (app_tenant() IS NOT NULL)))
processes: admin_all permissive for all to careplus_admin using (true) with check (true)
processes: api_reads permissive for select to careplus_api using ((tenant_id IN ( SELECT a.tenant_id
   FROM access a
  WHERE (a.principal = app_principal()))))
processes: handover_stays_between restrictive for select to careplus_api using (((tenant_id <> 'provider'::text) OR (slug <> 'handover'::text) OR (owner_id = app_principal()) OR COALESCE(((data -> 'people'::text) ? app_principal()), false) OR (EXISTS ( SELECT
   FROM people p
  WHERE ((p.id = app_principal()) AND (p.tenant_id = 'provider'::text) AND p.active AND (p.grants && ARRAY['smManager'::text, 'supportDirector'::text, 'dutyManager'::text, 'auditor'::text, 'operator'::text]))))))
processes: provider_looks_over permissive for select to careplus_step using ((app_tenant() = 'provider'::text))
processes: relay_sees permissive for select to careplus_relay using (true)
processes: step_owns permissive for all to careplus_step using ((tenant_id = app_tenant())) with check ((tenant_id = app_tenant()))
recalculations: admin_all permissive for all to careplus_admin using (true) with check (true)
recalculations: relay_sees permissive for select to careplus_relay using (true)
recalculations: step_owns permissive for all to careplus_step using ((tenant_id = app_tenant())) with check ((tenant_id = app_tenant()))
refusals: admin_all permissive for all to careplus_admin using (true) with check (true)
refusals: api_reads permissive for select to careplus_api using ((tenant_id IN ( SELECT a.tenant_id
   FROM access a
  WHERE (a.principal = app_principal()))))
refusals: checker_sees permissive for select to careplus_relay using (true)
refusals: handover_stays_between restrictive for select to careplus_api using (((tenant_id <> 'provider'::text) OR (process_id IS NULL) OR (process_id IN ( SELECT p.id
   FROM processes p
  WHERE (p.tenant_id = 'provider'::text)))))
refusals: internal_stays_inside restrictive for select to careplus_api using (((principal = app_principal()) OR (EXISTS ( SELECT
   FROM access a
  WHERE ((a.principal = app_principal()) AND (a.tenant_id = 'provider'::text))))))
refusals: step_owns permissive for all to careplus_step using ((tenant_id = app_tenant())) with check ((tenant_id = app_tenant()))
restored_modes: admin_all permissive for all to careplus_admin using (true) with check (true)
restores: admin_all permissive for all to careplus_admin using (true) with check (true)
rotas: admin_all permissive for all to careplus_admin using (true) with check (true)
rotas: api_reads permissive for select to careplus_api using ((EXISTS ( SELECT
   FROM access a
  WHERE ((a.principal = app_principal()) AND (a.tenant_id = rotas.tenant_id)))))
rotas: step_reads permissive for select to careplus_step using (((app_tenant() IS NOT NULL) AND (tenant_id = ANY (ARRAY[app_tenant(), 'provider'::text]))))
settings: admin_all permissive for all to careplus_admin using (true) with check (true)
settings: api_reads permissive for select to careplus_api using ((tenant_id IN ( SELECT a.tenant_id
   FROM access a
  WHERE (a.principal = app_principal()))))
settings: api_reads_provider permissive for select to careplus_api using (((tenant_id = 'provider'::text) AND (EXISTS ( SELECT
   FROM access a
  WHERE (a.principal = app_principal())))))
settings: step_owns permissive for all to careplus_step using ((tenant_id = app_tenant())) with check ((tenant_id = app_tenant()))
settings: step_reads_provider permissive for select to careplus_step using (((tenant_id = 'provider'::text) AND (app_tenant() IS NOT NULL)))
signature_evidence: admin_all permissive for all to careplus_admin using (true) with check (true)
signature_evidence: step_owns permissive for all to careplus_step using ((tenant_id = app_tenant())) with check ((tenant_id = app_tenant()))
sites: admin_all permissive for all to careplus_admin using (true) with check (true)
sites: api_reads permissive for select to careplus_api using ((tenant_id IN ( SELECT a.tenant_id
   FROM access a
  WHERE (a.principal = app_principal()))))
sites: step_owns permissive for all to careplus_step using ((tenant_id = app_tenant())) with check ((tenant_id = app_tenant()))
store_state: admin_all permissive for all to careplus_admin using (true) with check (true)
store_state: everybody_reads permissive for select to public using (true)
store_state: relay_beats permissive for update to careplus_relay using (true) with check (true)
tasks: admin_all permissive for all to careplus_admin using (true) with check (true)
tasks: api_reads permissive for select to careplus_api using ((tenant_id IN ( SELECT a.tenant_id
   FROM access a
  WHERE (a.principal = app_principal()))))
tasks: checker_sees permissive for select to careplus_relay using (true)
tasks: handover_stays_between restrictive for select to careplus_api using (((tenant_id <> 'provider'::text) OR (process_id IS NULL) OR (process_id IN ( SELECT p.id
   FROM processes p
  WHERE (p.tenant_id = 'provider'::text)))))
tasks: internal_stays_inside restrictive for select to careplus_api using (((kind = 'command'::text) OR (EXISTS ( SELECT
   FROM access a
  WHERE ((a.principal = app_principal()) AND (a.tenant_id = 'provider'::text))))))
tasks: provider_looks_over permissive for select to careplus_step using ((app_tenant() = 'provider'::text))
tasks: step_owns permissive for all to careplus_step using ((tenant_id = app_tenant())) with check ((tenant_id = app_tenant()))
tenants: admin_all permissive for all to careplus_admin using (true) with check (true)
tenants: api_reads permissive for select to careplus_api using ((id IN ( SELECT a.tenant_id
   FROM access a
  WHERE (a.principal = app_principal()))))
tenants: step_counts_people permissive for update to careplus_step using ((id = app_tenant())) with check ((id = app_tenant()))
tenants: step_reads permissive for select to careplus_step using (((app_tenant() IS NOT NULL) AND (id = ANY (ARRAY[app_tenant(), 'provider'::text]))))

-- Rights on tables
abandoned_effects: insert, select to careplus_admin
abandoned_effects: select to careplus_step
absences: select to careplus_admin
absences: select to careplus_relay
absences: delete, insert, select, update to careplus_step
access: delete, insert, select to careplus_admin
access: select to careplus_api
access: delete, insert, select, update to careplus_step
api_keys: insert, select, update to careplus_admin
api_keys: select to careplus_step
archive_state: insert, select to careplus_admin
archived_histories: insert, select to careplus_admin
bounces: insert, select to careplus_admin
bounces: select to careplus_relay
bounces: delete, insert, select to careplus_step
calendar_heads: insert, select, update to careplus_admin
calendar_heads: select to careplus_api
calendar_heads: select to careplus_step
calendars: insert, select, update to careplus_admin
calendars: select to careplus_api
calendars: select to careplus_step
chain_heads: insert, select, update to careplus_admin
chain_heads: select to careplus_step
checkpoint_deliveries: insert, select to careplus_admin
checkpoint_keys: insert, select to careplus_admin
checkpoints: insert, select to careplus_admin
clocks: select to careplus_admin
clocks: select to careplus_api
clocks: insert, select, update to careplus_step
contact_channels: delete, insert, select, update to careplus_admin
contact_channels: select to careplus_step
contents: delete, select, update to careplus_admin
contents: insert, select to careplus_step
contract_contacts: select to careplus_admin
contract_contacts: select to careplus_api
contract_contacts: delete, insert, select, update to careplus_step
contracts: select to careplus_admin
contracts: select to careplus_api
contracts: delete, insert, select, update to careplus_step
documents: insert, select to careplus_admin
documents: select to careplus_api
documents: select to careplus_step
effects: select to careplus_admin
effects: select to careplus_api
effects: insert, select, update to careplus_step
event_details: select, update to careplus_admin
event_details: select to careplus_api
event_details: insert, select to careplus_step
events: select to careplus_admin
events: select to careplus_api
events: insert, select to careplus_step
external_identities: delete, insert, select, update to careplus_admin
files: select to careplus_admin
files: select to careplus_api
files: insert, select to careplus_step
given_grants: delete, insert, select, update to careplus_admin
inbox: select to careplus_admin
inbox: select to careplus_api
inbox: insert, select, update to careplus_step
job_heartbeats: select to careplus_admin
job_heartbeats: delete, insert, select, update to careplus_relay
key_requests: delete, insert, select, update to careplus_admin
last_uses: delete, insert, select, update to careplus_admin
mail_route: select to careplus_admin
mail_route: select, update to careplus_relay
mail_route: select, update to careplus_step
matrix_contacts: select, update to careplus_admin
matrix_contacts: select to careplus_api
matrix_contacts: delete, insert, select, update to careplus_step
matrix_versions: select, update to careplus_admin
matrix_versions: select to careplus_api
matrix_versions: delete, insert, select, update to careplus_step
old_secrets: delete, insert, select, update to careplus_admin
one_time_links: select to careplus_admin
one_time_links: delete, insert, select, update to careplus_step
page_acknowledgements: select to careplus_admin
page_acknowledgements: select to careplus_api
page_acknowledgements: insert, select, update to careplus_step
page_reports: select to careplus_admin
page_reports: select to careplus_api
page_reports: insert, select, update to careplus_step
page_tries: select to careplus_admin
page_tries: select to careplus_api
page_tries: insert, select, update to careplus_step
people: insert, select, update to careplus_admin
people: select to careplus_api
people: delete, insert, select, update to careplus_step
policies: insert, select, update to careplus_admin
policies: select to careplus_api
policies: select to careplus_step
processes: select to careplus_admin
processes: select to careplus_api
processes: insert, select, update to careplus_step
recalculations: insert, select, update to careplus_admin
recalculations: select to careplus_relay
recalculations: delete, insert, select, update to careplus_step
refusals: insert, select to careplus_admin
refusals: select to careplus_api
refusals: insert, select to careplus_step
restored_modes: insert, select, update to careplus_admin
restores: insert, select to careplus_admin
rotas: insert, select, update to careplus_admin
rotas: select to careplus_api
rotas: select to careplus_step
settings: insert, select, update to careplus_admin
settings: select to careplus_api
settings: select to careplus_step
signature_evidence: select to careplus_admin
signature_evidence: delete, insert, select to careplus_step
sites: insert, select, update to careplus_admin
sites: select to careplus_api
sites: delete, insert, select, update to careplus_step
store_state: select to careplus_admin
store_state: select to careplus_api
store_state: select to careplus_relay
store_state: select to careplus_step
tasks: select to careplus_admin
tasks: select to careplus_api
tasks: delete, insert, select, update to careplus_step
tenants: insert, select, update to careplus_admin
tenants: select to careplus_api
tenants: select to careplus_step

-- Rights on single columns
archive_state: update (closed_through) to careplus_admin
calendar_heads: select (id, tenant_id, version) to careplus_relay
calendar_heads: update (version) to careplus_step
calendars: select (approved_at, id, state, tenant_id, version) to careplus_relay
chain_heads: select (hash, kind, number, tenant_id) to careplus_relay
chain_heads: update (hash, number) to careplus_step
clocks: select (calendar_id, calendar_tenant_id, calendar_version, due_at, ended_at, key, missed_at, name, outcome, process_id, promise, promise_due_at, run, started_at, tenant_id) to careplus_relay
effects: update (content, evidence, problem) to careplus_admin
effects: select (attempts, claimed_until, decided_at, held_since, id, key, kind, next_attempt_at, not_before, process_id, settled_at, state, tenant_id, urgent) to careplus_relay
events: select (at, chain_no, epoch, event, hash, id, process_id, recorded_at, seq, tenant_id, trigger) to careplus_relay
files: update (internal, name) to careplus_admin
files: update (internal, name) to careplus_step
inbox: update (answer, payload, problem) to careplus_admin
inbox: select (accepted_at, answered_at, id, kind, name, number, process_id, request_id, state, tenant_id, touched_at, urgent) to careplus_relay
one_time_links: update (payload) to careplus_admin
page_tries: select (channel, effect_id, outcome, tenant_id) to careplus_relay
people: select (active, id, tenant_id) to careplus_relay
processes: update (blocked, data, epoch, headline) to careplus_admin
processes: select (closed, created_at, id, is_blocked, last_at, next_due_at, over, owner_id, seq, slug, status, status_since, tenant_id) to careplus_relay
refusals: select (at, code, hash, kind, number, process_id, tenant_id) to careplus_relay
signature_evidence: update (erased_at, ip, typed_name) to careplus_admin
store_state: update (epoch, restored_mode) to careplus_admin
store_state: update (pulse) to careplus_relay
tasks: update (label, subject) to careplus_admin
tasks: select (id, kind, process_id, subject, tenant_id) to careplus_relay
tenants: update (directory_version) to careplus_step

-- Functions
CREATE OR REPLACE FUNCTION public.app_actor()
 RETURNS text
 LANGUAGE sql
 STABLE
RETURN NULLIF(current_setting('app.actor'::text, true), ''::text)
CREATE OR REPLACE FUNCTION public.app_principal()
 RETURNS text
 LANGUAGE sql
 STABLE
RETURN NULLIF(current_setting('app.principal'::text, true), ''::text)
CREATE OR REPLACE FUNCTION public.app_tenant()
 RETURNS text
 LANGUAGE sql
 STABLE
RETURN NULLIF(current_setting('app.tenant'::text, true), ''::text)
CREATE OR REPLACE FUNCTION public.bump_directory()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  update tenants set directory_version = directory_version + 1
   where id in (select tenant_id from changed_rows);
  return null;
end $function$
CREATE OR REPLACE FUNCTION public.business_now()
 RETURNS timestamp with time zone
 LANGUAGE sql
RETURN date_trunc('milliseconds'::text, clock_timestamp())
CREATE OR REPLACE FUNCTION public.calendar_approved()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into calendar_heads (tenant_id, id, version) values (new.tenant_id, new.id, new.version)
    on conflict (tenant_id, id) do update set version = greatest(calendar_heads.version, excluded.version);
  return null;
end $function$
CREATE OR REPLACE FUNCTION public.contract_id_taken(contract_id text)
 RETURNS boolean
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select exists (select from contracts c where c.id = contract_id and c.tenant_id is distinct from app_tenant())
$function$
CREATE OR REPLACE FUNCTION public.ms(instant timestamp with time zone)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE
RETURN (round((EXTRACT(epoch FROM instant) * (1000)::numeric)))::bigint
CREATE OR REPLACE FUNCTION public.note_bounce()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into bounces (tenant_id, inbox_id) values (new.tenant_id, new.id);
  return null;
end $function$
CREATE OR REPLACE FUNCTION public.note_contact()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  new.given_by := app_actor();
  new.given_at := business_now();
  return new;
end $function$
CREATE OR REPLACE FUNCTION public.note_grants()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  delete from given_grants where tenant_id = new.tenant_id and person_id = new.id and grant_name <> all(new.grants);
  insert into given_grants (tenant_id, person_id, grant_name, given_by, given_at)
    select new.tenant_id, new.id, g.name, app_actor(), business_now() from unnest(new.grants) g (name)
    on conflict do nothing;
  return null;
end $function$
CREATE OR REPLACE FUNCTION public.refresh_access(tenant text)
 RETURNS void
 LANGUAGE sql
AS $function$
  with staff as (
    select p.id, p.grants, p.deputy_id from people p where p.tenant_id = 'provider' and p.active
  ), named as (
    select n.person_id, n.role from contracts c
     cross join lateral (values (c.manager_id, 'manager'), (c.backup_id, 'backup'),
       (c.sm_manager_id, 'smManager'), (c.account_manager_id, 'accountManager')) n (person_id, role)
     where c.tenant_id = tenant and n.person_id is not null
  ), wanted (principal, role) as (
    select s.id, g.role from staff s cross join lateral unnest(s.grants) g (role)
     where g.role in ('seniorDesk', 'dutyManager', 'supportDirector', 'auditor', 'operator')
    union select s.id, n.role from named n join staff s on s.id = n.person_id
    union select d.id, 'standIn' from named n join people p on p.id = n.person_id and p.tenant_id = 'provider'
      join staff d on d.id = p.deputy_id where n.role = 'manager'
    union select s.id, 'staff' from staff s where tenant = 'provider'
    union select p.id, 'endUser' from people p where p.tenant_id = tenant and p.active and p.side = 'endUser'
  ), gone as (
    delete from access a where a.tenant_id = tenant
       and not exists (select from wanted w where w.principal = a.principal and w.role = a.role)
  )
  insert into access (principal, tenant_id, role)
    select w.principal, tenant, w.role from wanted w
    on conflict do nothing
$function$
CREATE OR REPLACE FUNCTION public.refuse_approved_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'Version % of % is approved; make a new version.', old.version, old.id using errcode = '42501';
end $function$
CREATE OR REPLACE FUNCTION public.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'The table % only grows: nothing in it is changed or deleted.', tg_table_name using errcode = '42501';
end $function$

-- Triggers
CREATE TRIGGER archived_histories_grow BEFORE DELETE OR UPDATE ON public.archived_histories FOR EACH ROW EXECUTE FUNCTION refuse_change()
CREATE TRIGGER archived_histories_stay BEFORE TRUNCATE ON public.archived_histories FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER calendars_approved AFTER INSERT OR UPDATE ON public.calendars FOR EACH ROW WHEN ((new.state = 'approved'::text)) EXECUTE FUNCTION calendar_approved()
CREATE TRIGGER calendars_frozen BEFORE DELETE OR UPDATE ON public.calendars FOR EACH ROW WHEN ((old.state = 'approved'::text)) EXECUTE FUNCTION refuse_approved_change()
CREATE TRIGGER checkpoint_deliveries_grow BEFORE DELETE OR UPDATE ON public.checkpoint_deliveries FOR EACH ROW EXECUTE FUNCTION refuse_change()
CREATE TRIGGER checkpoint_deliveries_stay BEFORE TRUNCATE ON public.checkpoint_deliveries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER checkpoint_keys_grow BEFORE DELETE OR UPDATE ON public.checkpoint_keys FOR EACH ROW EXECUTE FUNCTION refuse_change()
CREATE TRIGGER checkpoint_keys_stay BEFORE TRUNCATE ON public.checkpoint_keys FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER checkpoints_grow BEFORE DELETE OR UPDATE ON public.checkpoints FOR EACH ROW EXECUTE FUNCTION refuse_change()
CREATE TRIGGER checkpoints_stay BEFORE TRUNCATE ON public.checkpoints FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER contract_contacts_added BEFORE INSERT ON public.contract_contacts FOR EACH ROW EXECUTE FUNCTION note_contact()
CREATE TRIGGER contract_contacts_changed BEFORE UPDATE ON public.contract_contacts FOR EACH ROW WHEN (((((old.primary_contact IS DISTINCT FROM new.primary_contact) OR (old.authorised_caller IS DISTINCT FROM new.authorised_caller)) OR (old.approver IS DISTINCT FROM new.approver)) OR (old.active IS DISTINCT FROM new.active))) EXECUTE FUNCTION note_contact()
CREATE TRIGGER documents_grow BEFORE DELETE OR UPDATE ON public.documents FOR EACH ROW EXECUTE FUNCTION refuse_change()
CREATE TRIGGER events_grow BEFORE DELETE OR UPDATE ON public.events FOR EACH ROW EXECUTE FUNCTION refuse_change()
CREATE TRIGGER events_stay BEFORE TRUNCATE ON public.events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER inbox_bounces AFTER INSERT ON public.inbox FOR EACH ROW WHEN (((new.kind = 'signal'::text) AND (new.name = 'undeliverable'::text))) EXECUTE FUNCTION note_bounce()
CREATE TRIGGER people_deleted AFTER DELETE ON public.people REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION bump_directory()
CREATE TRIGGER people_granted AFTER INSERT ON public.people FOR EACH ROW WHEN ((new.grants <> '{}'::text[])) EXECUTE FUNCTION note_grants()
CREATE TRIGGER people_inserted AFTER INSERT ON public.people REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION bump_directory()
CREATE TRIGGER people_regranted AFTER UPDATE OF grants ON public.people FOR EACH ROW WHEN ((old.grants IS DISTINCT FROM new.grants)) EXECUTE FUNCTION note_grants()
CREATE TRIGGER people_updated AFTER UPDATE ON public.people REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION bump_directory()
CREATE TRIGGER policies_frozen BEFORE DELETE OR UPDATE ON public.policies FOR EACH ROW WHEN ((old.state = 'approved'::text)) EXECUTE FUNCTION refuse_approved_change()
CREATE TRIGGER refusals_grow BEFORE DELETE OR UPDATE ON public.refusals FOR EACH ROW EXECUTE FUNCTION refuse_change()
CREATE TRIGGER refusals_stay BEFORE TRUNCATE ON public.refusals FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER restores_grow BEFORE DELETE OR UPDATE ON public.restores FOR EACH ROW EXECUTE FUNCTION refuse_change()
CREATE TRIGGER restores_stay BEFORE TRUNCATE ON public.restores FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER rotas_frozen BEFORE DELETE OR UPDATE ON public.rotas FOR EACH ROW WHEN ((old.state = 'approved'::text)) EXECUTE FUNCTION refuse_approved_change()
