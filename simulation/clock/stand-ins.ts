/**
 * Loads our workflows and activities with the simulation's engine in the place of Temporal's own packages, and where a
 * mistake is planted, with that mistake in their text.
 */
import { registerHooks } from 'node:module';
import { MUTATIONS, type Mutation } from '../bugs/mutations.ts';

const ROOT = new URL('../../', import.meta.url).href;
const STAND_IN = new URL('./temporal.ts', import.meta.url).href;
const REPLACED = new Set(['@temporalio/workflow', '@temporalio/activity']);
/** A module of ours with this in its address, and everything of ours that it imports, is loaded with the mistake. */
const PLANTED = '?planted=';

/** The address of a module together with all that it imports, loaded anew with a mistake planted. */
export function planted(url: string, mutation: string | undefined): string {
  return mutation === undefined || !(mutation in MUTATIONS) ? url : `${url}${PLANTED}${mutation}`;
}

const mutationOf = (url: string | undefined): string | undefined => url?.split(PLANTED)[1];
const isOurs = (url: string): boolean => url.startsWith(ROOT) && !url.includes('/node_modules/');

/** From now on every import of Temporal's workflow and activity packages leads to the engine. */
export function standInForTemporal(): void {
  registerHooks({
    resolve: (specifier, context, next) => {
      const mutation = mutationOf(context.parentURL);
      if (REPLACED.has(specifier)) return { url: planted(STAND_IN, mutation), shortCircuit: true };
      const found = next(specifier, context);
      return isOurs(found.url) && !found.url.includes(PLANTED)
        ? { ...found, url: planted(found.url, mutation) }
        : found;
    },
    load: (url, context, next) => {
      const loaded = next(url, context);
      const mutation: Mutation | undefined = MUTATIONS[mutationOf(url) as keyof typeof MUTATIONS];
      if (!mutation) return loaded;
      const file = url.slice(ROOT.length).split('?')[0];
      let source = String(loaded.source);
      for (const edit of mutation.edits) if (edit.file === file) source = edited(source, edit);
      return { ...loaded, source };
    },
  });
}

function edited(source: string, { file, find, put }: Mutation['edits'][number]): string {
  const parts = source.split(find);
  if (parts.length !== 2)
    throw new Error(`${file} has ${parts.length - 1} times what is to be replaced: ${find}`);
  return parts.join(put);
}
