CREATE TABLE "notice_texts" (
	"kind" text PRIMARY KEY NOT NULL,
	"title" text NOT NULL,
	"body" text NOT NULL,
	"weight" text NOT NULL
);
