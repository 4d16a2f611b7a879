ALTER TABLE "reviews" ADD COLUMN "decision_evidence" jsonb;--> statement-breakpoint
ALTER TABLE "reviews" ADD COLUMN "proposed_decision" text;--> statement-breakpoint
ALTER TABLE "reviews" ADD COLUMN "proposed_by" uuid;--> statement-breakpoint
ALTER TABLE "reviews" ADD COLUMN "proposed_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "reviews" ADD COLUMN "proposed_note" text;--> statement-breakpoint
ALTER TABLE "reviews" ADD COLUMN "proposed_evidence" jsonb;--> statement-breakpoint
ALTER TABLE "reviews" ADD COLUMN "claimed_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "reviews" ADD COLUMN "level" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "reviews" ADD COLUMN "escalate_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "reviews" ADD CONSTRAINT "reviews_proposed_by_users_id_fk" FOREIGN KEY ("proposed_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;