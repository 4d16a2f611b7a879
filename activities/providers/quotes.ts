/** Companies quote input in their errors; what a customer told us must not travel on in an error's message. */
import type { ProviderError } from '../../domain/provider-error.ts';

const LEFT_OUT = '…';
/** What a message of a call with personal input may be long; a page that echoes everything is no explanation. */
const MAX_MESSAGE = 300;
/** A run like this is a piece of a document, not a word. */
const ENCODED = /[A-Za-z0-9+/=_-]{40,}/g;

/** Every text inside of a value, and its digits alone where companies write numbers without their dashes. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') {
    const digits = value.replace(/\D/g, '');
    return digits.length >= 4 && digits.length < value.length ? [value, digits] : [value];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsOf);
}

const literally = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** The same error, its message without anything that stood in the input of the call. */
export function withoutQuotes(error: ProviderError, input: unknown): ProviderError {
  // The longest first: a short text may be a part of a longer one.
  const texts = [...new Set(textsOf(input))]
    .filter((text) => text.length >= 2)
    .sort((a, b) => b.length - a.length);
  const bare = texts.reduce((message, text) => {
    // A whole word only: the "CA" of a state is no part of "cannot".
    const whole = new RegExp(`(?<![A-Za-z0-9])${literally(text)}(?![A-Za-z0-9])`, 'gi');
    return message.replace(whole, LEFT_OUT);
  }, error.message);
  error.message = bare.replace(ENCODED, LEFT_OUT).slice(0, MAX_MESSAGE);
  return error;
}
