/** What a client says to Postgres, message by message (PostgreSQL: Frontend/Backend Protocol, "Message Formats"). */

/** Startup messages have no type byte: length, then a version or a request code. */
const HEADER_BYTES = { startup: 4, usual: 5 } as const;
const SSL_REQUEST = 80_877_103;
const GSS_REQUEST = 80_877_104;

/** One whole message. */
export interface ClientMessage {
  /** `Q` a text that is run as it is, `P` one that is prepared, `B` one that is run with parameters, `S` Sync. */
  readonly type: string;
  /** Behind type and length. */
  readonly body: Buffer;
  /** As it came, to be handed on. */
  readonly whole: Buffer;
}

/** Takes chunks of one connection, cut anywhere, and says each message; `type` is empty before the session begins. */
export function clientMessages(say: (message: ClientMessage) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  let started = false;
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      const header = started ? HEADER_BYTES.usual : HEADER_BYTES.startup;
      if (rest.length < header) return;
      const total = rest.readInt32BE(header - 4) + header - 4;
      if (rest.length < total) return;
      const whole = rest.subarray(0, total);
      const body = whole.subarray(header);
      const type = started ? String.fromCharCode(whole[0] ?? 0) : '';
      started ||= ![SSL_REQUEST, GSS_REQUEST].includes(body.readInt32BE(0));
      rest = rest.subarray(total);
      say({ type, body, whole });
    }
  };
}

/** A text that ends with a zero byte. */
export function textAt(body: Buffer, from: number): string {
  return body.toString('utf8', from, body.indexOf(0, from));
}

/** What `P` prepares: the statement's name, empty for none, and its text. */
export function readParse(body: Buffer): { readonly prepared: string; readonly text: string } {
  const prepared = textAt(body, 0);
  return { prepared, text: textAt(body, Buffer.byteLength(prepared) + 1) };
}

/** What `B` runs: the statement's name and the parameters as text. Format codes stand before the parameters. */
export function readBind(body: Buffer): { readonly prepared: string; readonly parameters: string[] } {
  const from = Buffer.byteLength(textAt(body, 0)) + 1;
  const prepared = textAt(body, from);
  let at = from + Buffer.byteLength(prepared) + 1;
  at += 2 + body.readInt16BE(at) * 2;
  const parameters: string[] = [];
  const count = body.readInt16BE(at);
  at += 2;
  for (let index = 0; index < count; index += 1) {
    const length = body.readInt32BE(at);
    at += 4;
    parameters.push(length < 0 ? '' : body.toString('utf8', at, at + length));
    at += Math.max(length, 0);
  }
  return { prepared, parameters };
}
