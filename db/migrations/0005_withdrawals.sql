CREATE TYPE "public"."withdrawal_status" AS ENUM('pending', 'awaiting_approval', 'broker_withdrawal_initiated', 'broker_withdrawal_complete', 'on_ramp_initiated', 'on_ramp_complete', 'transfer_initiated', 'complete', 'canceled', 'failed', 'refunded');--> statement-breakpoint
CREATE TABLE "treasury_wallets" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"chain" "chain_type" NOT NULL,
	"circle_wallet_id" text NOT NULL,
	"address" text NOT NULL,
	"mint_recipient_id" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "treasury_wallets_chain_unique" UNIQUE("chain"),
	CONSTRAINT "treasury_wallets_circle_wallet_id_unique" UNIQUE("circle_wallet_id")
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
	"journal_owed" boolean DEFAULT false NOT NULL,
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
ALTER TABLE "withdrawals" ADD CONSTRAINT "withdrawals_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "withdrawals_user" ON "withdrawals" USING btree ("user_id","created_at");--> statement-breakpoint
CREATE INDEX "withdrawals_status" ON "withdrawals" USING btree ("status");--> statement-breakpoint
CREATE INDEX "withdrawals_waiting" ON "withdrawals" USING btree ("waiting_for");--> statement-breakpoint
CREATE INDEX "withdrawals_chain_completed" ON "withdrawals" USING btree ("chain","completed_at");--> statement-breakpoint
CREATE INDEX "withdrawals_tx_hash" ON "withdrawals" USING btree ("tx_hash");