CREATE TYPE "public"."wire_kind" AS ENUM('mint_to_alpaca', 'alpaca_to_mint', 'mint_to_wallet', 'wallet_to_mint');--> statement-breakpoint
CREATE TYPE "public"."wire_status" AS ENUM('planned', 'awaiting_approval', 'initiated', 'sent', 'complete', 'failed', 'canceled', 'returned');--> statement-breakpoint
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
ALTER TABLE "floats" ADD COLUMN "outgoing" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "floats" ADD COLUMN "incoming" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "floats" ADD COLUMN "arriving" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "floats" ADD COLUMN "draw_per_hour" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "floats" ADD COLUMN "expected_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "floats" ADD COLUMN "refill_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "floats" ADD COLUMN "dry_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "floats" ADD COLUMN "alarm_since" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "wire_approvals" ADD CONSTRAINT "wire_approvals_wire_id_wires_id_fk" FOREIGN KEY ("wire_id") REFERENCES "public"."wires"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "wire_approvals" ADD CONSTRAINT "wire_approvals_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "wires" ADD CONSTRAINT "wires_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "wires" ADD CONSTRAINT "wires_requested_by_users_id_fk" FOREIGN KEY ("requested_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "wires_status" ON "wires" USING btree ("status");--> statement-breakpoint
CREATE INDEX "wires_created" ON "wires" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "wires_provider_ref" ON "wires" USING btree ("provider_ref");--> statement-breakpoint
CREATE INDEX "deposits_created" ON "deposits" USING brin ("created_at");