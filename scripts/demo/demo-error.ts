/** The error of the demo whose message a person can act on: it is printed alone, without a stack trace. */

/** Something in the stack is not as the demo needs it; the message says what, and what to do. */
export class DemoError extends Error {
  override readonly name = 'DemoError';
}
