DROP INDEX "inbound_events_open";--> statement-breakpoint
DROP INDEX "provider_operations_reference";--> statement-breakpoint
CREATE INDEX "deposits_carried_by" ON "deposits" USING btree ("carried_by_id") WHERE "deposits"."carried_by_id" is not null;--> statement-breakpoint
CREATE INDEX "deposits_refunded" ON "deposits" USING btree ("wallet_id") WHERE "deposits"."refund_wallet" is not null;--> statement-breakpoint
CREATE INDEX "inbound_events_workflow" ON "inbound_events" USING btree ("workflow_id") WHERE "inbound_events"."workflow_id" is not null;--> statement-breakpoint
CREATE INDEX "inbound_events_open" ON "inbound_events" USING btree ("received_at") WHERE coalesce("inbound_events"."processed_at", 'infinity') = 'infinity';--> statement-breakpoint
CREATE INDEX "provider_operations_reference" ON "provider_operations" USING btree ("provider_reference");