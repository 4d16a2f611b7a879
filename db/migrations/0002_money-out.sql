CREATE TYPE "public"."address_status" AS ENUM('cooling_down', 'active', 'blocked', 'removed');--> statement-breakpoint
CREATE TYPE "public"."wire_kind" AS ENUM('mint_to_alpaca', 'alpaca_to_mint', 'mint_to_wallet', 'wallet_to_mint');--> statement-breakpoint
CREATE TYPE "public"."wire_status" AS ENUM('planned', 'awaiting_approval', 'initiated', 'sent', 'complete', 'failed', 'canceled', 'returned');--> statement-breakpoint
CREATE TYPE "public"."withdrawal_status" AS ENUM('pending', 'awaiting_approval', 'broker_withdrawal_initiated', 'broker_withdrawal_complete', 'on_ramp_initiated', 'on_ramp_complete', 'transfer_initiated', 'complete', 'canceled', 'failed', 'refunded');--> statement-breakpoint
CREATE TABLE "ledger_account_checkpoints" (
	"account_id" bigint NOT NULL,
	"position" bigint NOT NULL,
	"balance" bigint NOT NULL,
	CONSTRAINT "ledger_account_checkpoints_account_id_position_pk" PRIMARY KEY("account_id","position")
);
--> statement-breakpoint
CREATE TABLE "ledger_checkpoints" (
	"kind" text NOT NULL,
	"position" bigint NOT NULL,
	"balance" bigint NOT NULL,
	CONSTRAINT "ledger_checkpoints_kind_position_pk" PRIMARY KEY("kind","position")
);
--> statement-breakpoint
CREATE TABLE "notice_texts" (
	"kind" text PRIMARY KEY NOT NULL,
	"title" text NOT NULL,
	"body" text NOT NULL,
	"weight" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "notification_preferences" (
	"user_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"channel" text NOT NULL,
	"wanted" boolean NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "notification_preferences_user_id_kind_channel_pk" PRIMARY KEY("user_id","kind","channel")
);
--> statement-breakpoint
CREATE TABLE "reconciliation_breaks" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"key" text NOT NULL,
	"kind" text NOT NULL,
	"state" text NOT NULL,
	"account" text,
	"account_owner" uuid,
	"asset" text,
	"lifecycle" text,
	"subject_id" uuid,
	"source" text,
	"reference" text,
	"expected" bigint,
	"found" bigint,
	"difference" bigint,
	"evidence" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"first_run" uuid NOT NULL,
	"last_run" uuid NOT NULL,
	"found_at" timestamp with time zone DEFAULT now() NOT NULL,
	"opened_at" timestamp with time zone,
	"owner_id" uuid,
	"proposal" jsonb,
	"resolution" text,
	"resolved_at" timestamp with time zone,
	"resolved_by" uuid
);
--> statement-breakpoint
CREATE TABLE "reconciliation_notes" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "reconciliation_notes_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"break_id" uuid NOT NULL,
	"author_id" uuid NOT NULL,
	"note" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reconciliation_runs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"cause" text NOT NULL,
	"requested_by" uuid,
	"status" text NOT NULL,
	"since" timestamp with time zone NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone,
	"lines" integer DEFAULT 0 NOT NULL,
	"balances" integer DEFAULT 0 NOT NULL,
	"subjects" integer DEFAULT 0 NOT NULL,
	"opened" integer DEFAULT 0 NOT NULL,
	"closed" integer DEFAULT 0 NOT NULL,
	"still_open" integer DEFAULT 0 NOT NULL,
	"unexplained" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"conservation" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"error" text
);
--> statement-breakpoint
CREATE TABLE "sanctioned_addresses" (
	"address_key" text NOT NULL,
	"list" text NOT NULL,
	"reference" text NOT NULL,
	"added_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "sanctioned_addresses_address_key_list_pk" PRIMARY KEY("address_key","list")
);
--> statement-breakpoint
CREATE TABLE "sanctioned_names" (
	"name_key" text NOT NULL,
	"list" text NOT NULL,
	"reference" text NOT NULL,
	"added_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "sanctioned_names_name_key_list_reference_pk" PRIMARY KEY("name_key","list","reference")
);
--> statement-breakpoint
CREATE TABLE "seal_watermarks" (
	"chain" text PRIMARY KEY NOT NULL,
	"as_of" timestamp with time zone NOT NULL,
	"next_xid" text NOT NULL,
	"cluster" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "seals" (
	"chain" text NOT NULL,
	"position" bigint NOT NULL,
	"subject_id" bigint NOT NULL,
	"effective_at" timestamp with time zone NOT NULL,
	"digest" "bytea" NOT NULL,
	CONSTRAINT "seals_chain_position_pk" PRIMARY KEY("chain","position"),
	CONSTRAINT "seals_subject" UNIQUE("chain","subject_id")
);
--> statement-breakpoint
CREATE TABLE "setting_changes" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "setting_changes_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"key" text NOT NULL,
	"before" jsonb,
	"after" jsonb NOT NULL,
	"reason" text NOT NULL,
	"changed_by" uuid,
	"request_id" text,
	"at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "statement_balances" (
	"place" text PRIMARY KEY NOT NULL,
	"units" bigint NOT NULL,
	"read_at" timestamp with time zone DEFAULT now() NOT NULL,
	"seen_run" uuid NOT NULL
);
--> statement-breakpoint
CREATE TABLE "statement_lines" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "statement_lines_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"source" text NOT NULL,
	"reference" text NOT NULL,
	"from_place" text,
	"to_place" text,
	"amount" bigint NOT NULL,
	"fee" bigint NOT NULL,
	"outcome" text NOT NULL,
	"provider_state" text NOT NULL,
	"words" text,
	"tx_hash" text,
	"at" timestamp with time zone NOT NULL,
	"is_day" boolean NOT NULL,
	"lifecycle" text,
	"subject_id" uuid,
	"step" text,
	"seen_run" uuid NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	"moving" boolean DEFAULT false NOT NULL,
	"gone" boolean DEFAULT false NOT NULL
);
--> statement-breakpoint
CREATE TABLE "switch_changes" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "switch_changes_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"key" text NOT NULL,
	"off" boolean NOT NULL,
	"reason" text NOT NULL,
	"set_by" uuid,
	"request_id" text,
	"at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "switches" (
	"key" text PRIMARY KEY NOT NULL,
	"off" boolean NOT NULL,
	"reason" text NOT NULL,
	"set_by" uuid,
	"set_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "treasury_wallets" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"chain" "chain_type" NOT NULL,
	"circle_wallet_id" text NOT NULL,
	"address" text NOT NULL,
	"mint_recipient_id" text,
	"opened_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "treasury_wallets_chain_unique" UNIQUE("chain"),
	CONSTRAINT "treasury_wallets_circle_wallet_id_unique" UNIQUE("circle_wallet_id")
);
--> statement-breakpoint
CREATE TABLE "webhook_attempts" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "webhook_attempts_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"delivery_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"http_status" integer,
	"error" text,
	"answer" text,
	"duration_ms" integer NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "webhook_deliveries" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"endpoint_id" uuid NOT NULL,
	"message_id" uuid NOT NULL,
	"state" text DEFAULT 'pending' NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp with time zone DEFAULT now() NOT NULL,
	"first_attempt_at" timestamp with time zone,
	"announced_at" timestamp with time zone,
	"delivered_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "webhook_endpoints" (
	"id" uuid PRIMARY KEY NOT NULL,
	"url" text NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"event_types" text[] NOT NULL,
	"status" text DEFAULT 'enabled' NOT NULL,
	"disabled_reason" text,
	"disabled_at" timestamp with time zone,
	"failing_since" timestamp with time zone,
	"secrets" jsonb NOT NULL,
	"created_by" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "webhook_messages" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"type" text NOT NULL,
	"subject_id" uuid,
	"payload" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "wire_approvals" (
	"wire_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"approved" boolean NOT NULL,
	"note" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "wire_approvals_wire_id_user_id_pk" PRIMARY KEY("wire_id","user_id")
);
--> statement-breakpoint
CREATE TABLE "wires" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid,
	"kind" "wire_kind" NOT NULL,
	"chain" "chain_type",
	"amount_usd" numeric(18, 2) NOT NULL,
	"reason" text NOT NULL,
	"requested_by" uuid,
	"approvals_needed" integer DEFAULT 0 NOT NULL,
	"approval_expires_at" timestamp with time zone,
	"status" "wire_status" DEFAULT 'planned' NOT NULL,
	"waiting_for" text,
	"failure_reason" text,
	"attempt" integer DEFAULT 1 NOT NULL,
	"sends_at" timestamp with time zone,
	"expected_at" timestamp with time zone,
	"provider_ref" text,
	"tracking_ref" text,
	"arrival_ref" text,
	"arrived_usd" numeric(18, 2),
	"initiated_at" timestamp with time zone,
	"sent_at" timestamp with time zone,
	"completed_at" timestamp with time zone,
	"ended_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "wires_arrival_ref_unique" UNIQUE("arrival_ref")
);
--> statement-breakpoint
CREATE TABLE "withdrawal_addresses" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"chain" "chain_type" NOT NULL,
	"address" text NOT NULL,
	"address_key" text NOT NULL,
	"label" text NOT NULL,
	"note" text,
	"status" "address_status" DEFAULT 'cooling_down' NOT NULL,
	"usable_at" timestamp with time zone NOT NULL,
	"checked_at" timestamp with time zone,
	"blocked_reason" text,
	"revision" integer DEFAULT 1 NOT NULL,
	"activated_at" timestamp with time zone,
	"removed_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "withdrawal_approvals" (
	"withdrawal_id" uuid NOT NULL,
	"staff_id" uuid NOT NULL,
	"decision" text NOT NULL,
	"note" text NOT NULL,
	"request_id" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "withdrawal_approvals_withdrawal_id_staff_id_pk" PRIMARY KEY("withdrawal_id","staff_id")
);
--> statement-breakpoint
CREATE TABLE "withdrawal_day_totals" (
	"day" date NOT NULL,
	"part" smallint NOT NULL,
	"used" bigint NOT NULL,
	CONSTRAINT "withdrawal_day_totals_day_part_pk" PRIMARY KEY("day","part")
);
--> statement-breakpoint
CREATE TABLE "withdrawals" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"chain" "chain_type" NOT NULL,
	"address_id" uuid,
	"destination_address" text NOT NULL,
	"amount_usd" numeric(18, 2) NOT NULL,
	"fee_usd" numeric(18, 2) NOT NULL,
	"net_usd" numeric(18, 2) NOT NULL,
	"status" "withdrawal_status" DEFAULT 'pending' NOT NULL,
	"waiting_for" text,
	"failure_reason" text,
	"refund_reason" text,
	"owed_journal" text,
	"broker_withdrawal_ref" text,
	"circle_on_ramp_ref" text,
	"on_ramp_tx_hash" text,
	"circle_transfer_ref" text,
	"tx_hash" text,
	"refund_ref" text,
	"journal_attempt" integer DEFAULT 1 NOT NULL,
	"on_ramp_attempt" integer DEFAULT 1 NOT NULL,
	"transfer_attempt" integer DEFAULT 1 NOT NULL,
	"refund_attempt" integer DEFAULT 1 NOT NULL,
	"policy" jsonb,
	"eta_seconds" integer,
	"approval_expires_at" timestamp with time zone,
	"sealed_travel_rule" "bytea",
	"broker_withdrawal_initiated_at" timestamp with time zone,
	"broker_withdrawal_completed_at" timestamp with time zone,
	"on_ramp_initiated_at" timestamp with time zone,
	"on_ramp_completed_at" timestamp with time zone,
	"transfer_initiated_at" timestamp with time zone,
	"completed_at" timestamp with time zone,
	"ended_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "audit_log" ADD COLUMN "written_by" text DEFAULT pg_current_xact_id()::text NOT NULL;--> statement-breakpoint
ALTER TABLE "deposits" ADD COLUMN "refund_attempt" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "deposits" ADD COLUMN "refund_usdc" numeric(18, 6);--> statement-breakpoint
ALTER TABLE "deposits" ADD COLUMN "refund_wallet" text;--> statement-breakpoint
ALTER TABLE "deposits" ADD COLUMN "refund_ref" text;--> statement-breakpoint
ALTER TABLE "deposits" ADD COLUMN "refund_tx_hash" text;--> statement-breakpoint
ALTER TABLE "deposits" ADD COLUMN "refunded_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "floats" ADD COLUMN "outgoing" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "floats" ADD COLUMN "incoming" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "floats" ADD COLUMN "arriving" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "floats" ADD COLUMN "draw_per_hour" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "floats" ADD COLUMN "expected_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "floats" ADD COLUMN "refill_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "floats" ADD COLUMN "dry_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "floats" ADD COLUMN "alarm_since" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "notifications" ADD COLUMN "channels" text[] DEFAULT '{in_app,webhook}' NOT NULL;--> statement-breakpoint
ALTER TABLE "reviews" ADD COLUMN "decision_evidence" jsonb;--> statement-breakpoint
ALTER TABLE "reviews" ADD COLUMN "proposed_decision" text;--> statement-breakpoint
ALTER TABLE "reviews" ADD COLUMN "proposed_by" uuid;--> statement-breakpoint
ALTER TABLE "reviews" ADD COLUMN "proposed_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "reviews" ADD COLUMN "proposed_note" text;--> statement-breakpoint
ALTER TABLE "reviews" ADD COLUMN "proposed_evidence" jsonb;--> statement-breakpoint
ALTER TABLE "reviews" ADD COLUMN "claimed_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "reviews" ADD COLUMN "level" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "reviews" ADD COLUMN "escalate_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "notification_preferences" ADD CONSTRAINT "notification_preferences_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reconciliation_notes" ADD CONSTRAINT "reconciliation_notes_break_id_reconciliation_breaks_id_fk" FOREIGN KEY ("break_id") REFERENCES "public"."reconciliation_breaks"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_attempts" ADD CONSTRAINT "webhook_attempts_delivery_id_webhook_deliveries_id_fk" FOREIGN KEY ("delivery_id") REFERENCES "public"."webhook_deliveries"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_message_id_webhook_messages_id_fk" FOREIGN KEY ("message_id") REFERENCES "public"."webhook_messages"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_endpoints" ADD CONSTRAINT "webhook_endpoints_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "wire_approvals" ADD CONSTRAINT "wire_approvals_wire_id_wires_id_fk" FOREIGN KEY ("wire_id") REFERENCES "public"."wires"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "wire_approvals" ADD CONSTRAINT "wire_approvals_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "wires" ADD CONSTRAINT "wires_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "wires" ADD CONSTRAINT "wires_requested_by_users_id_fk" FOREIGN KEY ("requested_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "withdrawal_addresses" ADD CONSTRAINT "withdrawal_addresses_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "withdrawal_approvals" ADD CONSTRAINT "withdrawal_approvals_withdrawal_id_withdrawals_id_fk" FOREIGN KEY ("withdrawal_id") REFERENCES "public"."withdrawals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "withdrawal_approvals" ADD CONSTRAINT "withdrawal_approvals_staff_id_users_id_fk" FOREIGN KEY ("staff_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "withdrawals" ADD CONSTRAINT "withdrawals_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "reconciliation_breaks_live" ON "reconciliation_breaks" USING btree ("key") WHERE "reconciliation_breaks"."state" <> 'resolved';--> statement-breakpoint
CREATE INDEX "reconciliation_breaks_found" ON "reconciliation_breaks" USING btree ("found_at","id");--> statement-breakpoint
CREATE INDEX "reconciliation_breaks_subject" ON "reconciliation_breaks" USING btree ("subject_id");--> statement-breakpoint
CREATE INDEX "reconciliation_notes_break" ON "reconciliation_notes" USING btree ("break_id","id");--> statement-breakpoint
CREATE INDEX "reconciliation_runs_started" ON "reconciliation_runs" USING btree ("started_at","id");--> statement-breakpoint
CREATE UNIQUE INDEX "reconciliation_runs_one" ON "reconciliation_runs" USING btree ("status") WHERE "reconciliation_runs"."status" = 'running';--> statement-breakpoint
CREATE INDEX "sanctioned_names_list" ON "sanctioned_names" USING btree ("list");--> statement-breakpoint
CREATE INDEX "seals_effective" ON "seals" USING btree ("chain","effective_at","position");--> statement-breakpoint
CREATE INDEX "setting_changes_key" ON "setting_changes" USING btree ("key","id");--> statement-breakpoint
CREATE UNIQUE INDEX "statement_lines_entry" ON "statement_lines" USING btree ("source","reference");--> statement-breakpoint
CREATE INDEX "statement_lines_subject" ON "statement_lines" USING btree ("subject_id");--> statement-breakpoint
CREATE INDEX "statement_lines_unlinked" ON "statement_lines" USING btree ("id") WHERE "statement_lines"."subject_id" is null;--> statement-breakpoint
CREATE INDEX "statement_lines_at" ON "statement_lines" USING btree ("at");--> statement-breakpoint
CREATE INDEX "statement_lines_tx_hash" ON "statement_lines" USING btree ("tx_hash");--> statement-breakpoint
CREATE INDEX "switch_changes_key" ON "switch_changes" USING btree ("key","id");--> statement-breakpoint
CREATE UNIQUE INDEX "webhook_attempts_delivery" ON "webhook_attempts" USING btree ("delivery_id","number");--> statement-breakpoint
CREATE UNIQUE INDEX "webhook_deliveries_once" ON "webhook_deliveries" USING btree ("endpoint_id","message_id");--> statement-breakpoint
CREATE INDEX "webhook_deliveries_due" ON "webhook_deliveries" USING btree ("endpoint_id","next_attempt_at") WHERE "webhook_deliveries"."state" = 'pending';--> statement-breakpoint
CREATE INDEX "webhook_deliveries_unannounced" ON "webhook_deliveries" USING btree ("endpoint_id") WHERE "webhook_deliveries"."state" = 'pending' and "webhook_deliveries"."announced_at" is null;--> statement-breakpoint
CREATE INDEX "webhook_deliveries_list" ON "webhook_deliveries" USING btree ("endpoint_id","created_at");--> statement-breakpoint
CREATE INDEX "webhook_deliveries_message" ON "webhook_deliveries" USING btree ("message_id");--> statement-breakpoint
CREATE INDEX "webhook_messages_created" ON "webhook_messages" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "wires_status" ON "wires" USING btree ("status");--> statement-breakpoint
CREATE INDEX "wires_created" ON "wires" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "wires_provider_ref" ON "wires" USING btree ("provider_ref");--> statement-breakpoint
CREATE UNIQUE INDEX "withdrawal_addresses_once" ON "withdrawal_addresses" USING btree ("user_id","chain","address_key") WHERE status <> 'removed';--> statement-breakpoint
CREATE INDEX "withdrawal_addresses_user" ON "withdrawal_addresses" USING btree ("user_id","created_at");--> statement-breakpoint
CREATE INDEX "withdrawal_addresses_key" ON "withdrawal_addresses" USING btree ("address_key");--> statement-breakpoint
CREATE INDEX "withdrawals_user" ON "withdrawals" USING btree ("user_id","created_at");--> statement-breakpoint
CREATE INDEX "withdrawals_status" ON "withdrawals" USING btree ("status");--> statement-breakpoint
CREATE INDEX "withdrawals_waiting" ON "withdrawals" USING btree ("waiting_for");--> statement-breakpoint
CREATE INDEX "withdrawals_chain_completed" ON "withdrawals" USING btree ("chain","completed_at");--> statement-breakpoint
CREATE INDEX "withdrawals_tx_hash" ON "withdrawals" USING btree ("tx_hash");--> statement-breakpoint
CREATE INDEX "withdrawals_on_ramp" ON "withdrawals" USING btree ("circle_on_ramp_ref");--> statement-breakpoint
ALTER TABLE "reviews" ADD CONSTRAINT "reviews_proposed_by_users_id_fk" FOREIGN KEY ("proposed_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "audit_log_writer" ON "audit_log" USING btree ((written_by::xid8),"id");--> statement-breakpoint
CREATE INDEX "deposits_created" ON "deposits" USING brin ("created_at");--> statement-breakpoint
CREATE INDEX "ledger_transactions_writer" ON "ledger_transactions" USING btree ((written_by::xid8),"id");