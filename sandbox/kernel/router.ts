/** Finds the route of a method and path; literal segments win over parameters. */
import type { Route } from './http.ts';

export type MatchedRoute = { route: Route; params: Record<string, string> };

type Node = {
  literal: Map<string, Node>;
  parameter?: Node;
  routes: Map<string, { route: Route; names: string[] }>;
};

const emptyNode = (): Node => ({ literal: new Map(), routes: new Map() });

/** Builds the lookup once; a HEAD request falls back to the GET route. */
export function createRouter(
  routes: readonly Route[],
): (method: string, path: string) => MatchedRoute | undefined {
  const root = emptyNode();
  for (const route of routes) {
    let node = root;
    const names: string[] = [];
    for (const segment of route.path.split('/').filter(Boolean)) {
      if (segment.startsWith(':')) {
        names.push(segment.slice(1));
        node.parameter ??= emptyNode();
        node = node.parameter;
      } else {
        const child = node.literal.get(segment) ?? emptyNode();
        node.literal.set(segment, child);
        node = child;
      }
    }
    node.routes.set(route.method, { route, names });
  }
  const walk = (
    node: Node,
    parts: string[],
    index: number,
    values: string[],
    method: string,
  ): MatchedRoute | undefined => {
    const part = parts[index];
    if (part === undefined) {
      const hit = node.routes.get(method) ?? (method === 'HEAD' ? node.routes.get('GET') : undefined);
      if (!hit) return undefined;
      return {
        route: hit.route,
        params: Object.fromEntries(hit.names.map((name, at) => [name, values[at] ?? ''])),
      };
    }
    const child = node.literal.get(part);
    const exact = child && walk(child, parts, index + 1, values, method);
    if (exact) return exact;
    return node.parameter && walk(node.parameter, parts, index + 1, [...values, part], method);
  };
  return (method, path) => {
    const parts = path
      .split('/')
      .filter(Boolean)
      .map((part) => {
        try {
          return decodeURIComponent(part);
        } catch {
          return part;
        }
      });
    return walk(root, parts, 0, [], method);
  };
}
