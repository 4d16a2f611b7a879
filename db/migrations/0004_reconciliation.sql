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
ALTER TABLE "reconciliation_notes" ADD CONSTRAINT "reconciliation_notes_break_id_reconciliation_breaks_id_fk" FOREIGN KEY ("break_id") REFERENCES "public"."reconciliation_breaks"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "reconciliation_breaks_live" ON "reconciliation_breaks" USING btree ("key") WHERE "reconciliation_breaks"."state" <> 'resolved';--> statement-breakpoint
CREATE INDEX "reconciliation_breaks_found" ON "reconciliation_breaks" USING btree ("found_at","id");--> statement-breakpoint
CREATE INDEX "reconciliation_breaks_subject" ON "reconciliation_breaks" USING btree ("subject_id");--> statement-breakpoint
CREATE INDEX "reconciliation_notes_break" ON "reconciliation_notes" USING btree ("break_id","id");--> statement-breakpoint
CREATE INDEX "reconciliation_runs_started" ON "reconciliation_runs" USING btree ("started_at","id");--> statement-breakpoint
CREATE UNIQUE INDEX "reconciliation_runs_one" ON "reconciliation_runs" USING btree ("status") WHERE "reconciliation_runs"."status" = 'running';--> statement-breakpoint
CREATE UNIQUE INDEX "statement_lines_entry" ON "statement_lines" USING btree ("source","reference");--> statement-breakpoint
CREATE INDEX "statement_lines_subject" ON "statement_lines" USING btree ("subject_id");--> statement-breakpoint
CREATE INDEX "statement_lines_unlinked" ON "statement_lines" USING btree ("id") WHERE "statement_lines"."subject_id" is null;--> statement-breakpoint
CREATE INDEX "statement_lines_at" ON "statement_lines" USING btree ("at");--> statement-breakpoint
CREATE INDEX "statement_lines_tx_hash" ON "statement_lines" USING btree ("tx_hash");