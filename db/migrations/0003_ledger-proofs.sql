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
ALTER TABLE "audit_log" ADD COLUMN "written_by" text DEFAULT pg_current_xact_id()::text NOT NULL;--> statement-breakpoint
CREATE INDEX "seals_effective" ON "seals" USING btree ("chain","effective_at","position");--> statement-breakpoint
CREATE INDEX "audit_log_writer" ON "audit_log" USING btree ((written_by::xid8),"id");--> statement-breakpoint
CREATE INDEX "ledger_transactions_writer" ON "ledger_transactions" USING btree ((written_by::xid8),"id");