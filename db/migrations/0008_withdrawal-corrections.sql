ALTER TABLE "withdrawals" ADD COLUMN "owed_journal" text;--> statement-breakpoint
CREATE INDEX "withdrawals_on_ramp" ON "withdrawals" USING btree ("circle_on_ramp_ref");