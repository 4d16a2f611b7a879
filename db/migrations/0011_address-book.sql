CREATE TYPE "public"."address_status" AS ENUM('cooling_down', 'active', 'blocked', 'removed');--> statement-breakpoint
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
ALTER TABLE "withdrawal_addresses" ADD CONSTRAINT "withdrawal_addresses_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "withdrawal_approvals" ADD CONSTRAINT "withdrawal_approvals_withdrawal_id_withdrawals_id_fk" FOREIGN KEY ("withdrawal_id") REFERENCES "public"."withdrawals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "withdrawal_approvals" ADD CONSTRAINT "withdrawal_approvals_staff_id_users_id_fk" FOREIGN KEY ("staff_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "sanctioned_names_list" ON "sanctioned_names" USING btree ("list");--> statement-breakpoint
CREATE UNIQUE INDEX "withdrawal_addresses_once" ON "withdrawal_addresses" USING btree ("user_id","chain","address_key") WHERE status <> 'removed';--> statement-breakpoint
CREATE INDEX "withdrawal_addresses_user" ON "withdrawal_addresses" USING btree ("user_id","created_at");--> statement-breakpoint
CREATE INDEX "withdrawal_addresses_key" ON "withdrawal_addresses" USING btree ("address_key");