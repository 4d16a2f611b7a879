/** Reads a stream of server-sent events, byte by byte as they come (WHATWG HTML, section 9.2). */

/** An event, or a comment: Alpaca says "heartbeat" and "you are reading too slowly" in comments. */
export type SseItem =
  | { readonly kind: 'event'; readonly event: string; readonly data: string; readonly id: string | null }
  | { readonly kind: 'comment'; readonly text: string };

/** Takes bytes in pieces of any size and gives back what they completed. */
interface SseParser {
  /** @throws RangeError when one line or one event grows beyond 4 MB. */
  push(bytes: Uint8Array): SseItem[];
}

const MAX_LENGTH = 4 * 1024 * 1024;

/** A parser for one connection. How the bytes are cut makes no difference, not even inside a character. */
export function createSseParser(): SseParser {
  const decoder = new TextDecoder('utf-8');
  let line = '';
  let sawCarriageReturn = false;
  let event = '';
  let data: string[] = [];
  let dataLength = 0;
  let id: string | null = null;

  function endLine(items: SseItem[]): void {
    const text = line;
    line = '';
    if (text === '') {
      if (data.length > 0)
        items.push({ kind: 'event', event: event || 'message', data: data.join('\n'), id });
      event = '';
      data = [];
      dataLength = 0;
      return;
    }
    const colon = text.indexOf(':');
    if (colon === 0) {
      items.push({ kind: 'comment', text: text.slice(1).trim() });
      return;
    }
    const field = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? '' : text.slice(text[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'event') event = value;
    if (field === 'id' && !value.includes('\0')) id = value;
    if (field === 'data') {
      data.push(value);
      dataLength += value.length;
    }
  }

  return {
    push: (bytes) => {
      const items: SseItem[] = [];
      for (const character of splitLines(decoder.decode(bytes, { stream: true }))) {
        // "\r\n" is one end of line, also when the two arrive apart.
        if (character === '\n' && sawCarriageReturn) {
          sawCarriageReturn = false;
          continue;
        }
        sawCarriageReturn = character === '\r';
        if (character === '\r' || character === '\n') endLine(items);
        else line += character;
        if (line.length + dataLength > MAX_LENGTH) throw new RangeError('a server-sent event is too long');
      }
      return items;
    },
  };
}

/** Runs of text and single line ends, in order. */
function splitLines(text: string): string[] {
  return text.match(/[^\r\n]+|\r|\n/g) ?? [];
}
