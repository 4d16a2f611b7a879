/** How a recorded history stands in its file: payloads as plain JSON, one event a line, nothing of the machine. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';

const { History } = proto.temporal.api.history.v1;
const { Payload } = proto.temporal.api.common.v1;
type IHistory = Parameters<typeof History.create>[0] & object;

const FOLDER = path.join(import.meta.dirname, '..', 'histories');
/** Numbers beyond JSON's as text, bytes as base64: `fromObject` reads both back. */
const AS_JSON = { longs: String, enums: String, bytes: String } as const;
const PLAIN = 'json/plain';
/** Parts of events that no replay reads: who did it, where, and how many bytes it took. */
const LEFT_OUT = new Set([
  ...['identity', 'requestId', 'taskId', 'stackTrace', 'historySizeBytes', 'workerInstanceKey'],
  ...['workerControlTaskQueue', 'attachedRequestId'],
]);
/** A worker names its own task queue after its process and its machine. */
const PROCESS = /^\d+@.+$/;

type Json = null | string | number | boolean | Json[] | { [name: string]: Json };

/** A history as the replaying worker takes it. */
export interface RecordedHistory {
  readonly workflowId: string;
  readonly history: proto.temporal.api.history.v1.History;
}

/** A case: the workflow's type, what happened, and the version of the product that ran it. */
export interface HistoryCase {
  readonly workflow: string;
  readonly name: string;
  readonly version: string;
}

/** Where the case's history stands. */
export function historyFile({ workflow, name, version }: HistoryCase): string {
  return path.join(FOLDER, workflow, `${name}.${version}.json`);
}

/** Every recorded history, by its file's name without the folder's path. */
export function recordedHistories(): Map<string, RecordedHistory> {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.json'),
  );
  return new Map(files.sort().map((name) => [name, read(path.join(FOLDER, name))]));
}

function read(file: string): RecordedHistory {
  const { workflowId, history } = JSON.parse(readFileSync(file, 'utf8')) as {
    workflowId: string;
    history: Json;
  };
  return { workflowId, history: History.fromObject(packed(history) as object) };
}

/** The text of the file for a history as the server gave it, with its payloads opened by the codec. */
export async function historyText(
  workflowId: string,
  history: IHistory,
  codec: PayloadCodec,
): Promise<string> {
  const { events } = History.toObject(History.fromObject(history), AS_JSON) as { events: Json[] };
  const readable = await Promise.all(events.map((event) => opened(event, codec)));
  const lines = readable.map((event) => `    ${JSON.stringify(event)}`).join(',\n');
  return `{\n  "workflowId": ${JSON.stringify(workflowId)},\n  "history": { "events": [\n${lines}\n  ] }\n}\n`;
}

function isObject(value: Json | undefined): value is { [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Payloads become `{ plain: value, … }` wherever they stand; what no replay reads is left out. */
async function opened(value: Json, codec: PayloadCodec): Promise<Json> {
  if (Array.isArray(value)) return Promise.all(value.map((item) => opened(item, codec)));
  if (typeof value === 'string') return value.replace(PROCESS, 'worker');
  if (!isObject(value)) return value;
  if (isObject(value.metadata) && typeof value.metadata.encoding === 'string') {
    const [payload] = await codec.decode([Payload.fromObject(value)]);
    return readable(Payload.toObject(Payload.fromObject(payload ?? {}), AS_JSON) as Json);
  }
  const entries = Object.entries(value).filter(([name]) => !LEFT_OUT.has(name));
  return Object.fromEntries(
    await Promise.all(entries.map(async ([name, item]) => [name, await opened(item, codec)] as const)),
  );
}

function readable(payload: Json): Json {
  if (!isObject(payload) || !isObject(payload.metadata)) return payload;
  const { encoding, ...metadata } = payload.metadata;
  if (text(encoding) !== PLAIN) return payload;
  return { plain: JSON.parse(text(payload.data)), ...(Object.keys(metadata).length > 0 && { metadata }) };
}

/** The opposite of `readable`, for everything inside. */
function packed(value: Json): Json {
  if (Array.isArray(value)) return value.map((item) => packed(item));
  if (!isObject(value)) return value;
  if ('plain' in value) {
    const metadata = isObject(value.metadata) ? value.metadata : {};
    return { metadata: { ...metadata, encoding: base64(PLAIN) }, data: base64(JSON.stringify(value.plain)) };
  }
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, packed(item)]));
}

function text(value: Json | undefined): string {
  return Buffer.from(String(value ?? ''), 'base64').toString('utf8');
}

function base64(value: string): string {
  return Buffer.from(value).toString('base64');
}
