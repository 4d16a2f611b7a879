ALTER TABLE "deposits" ADD COLUMN "refund_attempt" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "deposits" ADD COLUMN "refund_usdc" numeric(18, 6);--> statement-breakpoint
ALTER TABLE "deposits" ADD COLUMN "refund_wallet" text;--> statement-breakpoint
ALTER TABLE "deposits" ADD COLUMN "refund_ref" text;--> statement-breakpoint
ALTER TABLE "deposits" ADD COLUMN "refund_tx_hash" text;--> statement-breakpoint
ALTER TABLE "deposits" ADD COLUMN "refunded_at" timestamp with time zone;