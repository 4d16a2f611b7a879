CREATE INDEX "reviews_opened" ON "reviews" USING btree ("opened_at","id");--> statement-breakpoint
CREATE INDEX "users_created" ON "users" USING btree ("created_at","id");