/** The error whose message a person can act on: it is printed alone, without a stack trace. */

/** Something outside of the code keeps the stack from running; the message is one clear sentence. */
export class StackError extends Error {
  override readonly name = 'StackError';
}
