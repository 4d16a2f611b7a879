/** Reads server-sent events (WHATWG HTML, section 9.2) as a browser's EventSource would. */
import { DemoError } from './demo-error.ts';

interface ServerSentEvent {
  readonly id: string;
  readonly data: string;
}

/**
 * The events of one stream until it ends.
 *
 * @throws {DemoError} when the stream is refused, or is silent for `silentSeconds`.
 */
export async function* readEvents(
  url: string,
  token: string,
  silentSeconds: number,
): AsyncGenerator<ServerSentEvent> {
  const abort = new AbortController();
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` }, signal: abort.signal });
  if (!response.ok || response.body === null) throw new DemoError(`${url} answered ${response.status}.`);
  const text = response.body.pipeThrough(new TextDecoderStream());
  let rest = '';
  let alarm = setTimeout(() => abort.abort(), silentSeconds * 1_000);
  try {
    for await (const chunk of text) {
      const blocks = (rest + chunk).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const event of blocks.map(parse)) {
        if (event === undefined) continue;
        clearTimeout(alarm);
        yield event;
        alarm = setTimeout(() => abort.abort(), silentSeconds * 1_000);
      }
    }
  } catch (error) {
    if (!abort.signal.aborted) throw error;
    throw new DemoError(`Nothing happened for ${silentSeconds} s. The logs are in .local/logs.`);
  } finally {
    clearTimeout(alarm);
    abort.abort();
  }
}

/** Undefined for comments and settings. */
function parse(block: string): ServerSentEvent | undefined {
  const fields = new Map<string, string>();
  for (const line of block.split('\n')) {
    const [, name, value] = line.match(/^(\w+): ?(.*)$/) ?? [];
    if (name !== undefined && value !== undefined) fields.set(name, value);
  }
  const data = fields.get('data');
  return data === undefined ? undefined : { id: fields.get('id') ?? '', data };
}
