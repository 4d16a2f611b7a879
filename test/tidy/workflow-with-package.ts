/** A workflow as it must not be: what it imports would run inside the engine. */
import { z } from 'zod';

/** Drags a package into the bundle. */
export async function workflowWithPackage(): Promise<string> {
  return z.string().parse('x');
}
