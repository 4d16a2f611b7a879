/** What is going to happen, in the order of its time: a heap. */

/** One happening: a delivery, a timer, an activity, something at a company. */
export interface Happening {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
  /** A timer that nobody waits for any more does not happen. */
  isOver?: () => boolean;
}

export interface Timeline {
  /** Those of the same moment come in the order in which they were planned. */
  plan(at: number, run: () => void): Happening;
  /** Takes the first one; undefined when nothing is left. */
  next(): Happening | undefined;
}

/** An empty timeline. */
export function timeline(): Timeline {
  const heap: Happening[] = [];
  let order = 0;
  return {
    plan(at, run) {
      order += 1;
      const happening: Happening = { at, order, run };
      push(heap, happening);
      return happening;
    },
    next() {
      for (;;) {
        const first = pop(heap);
        if (!first?.isOver?.()) return first;
      }
    },
  };
}

const isBefore = (a: Happening, b: Happening) => a.at < b.at || (a.at === b.at && a.order < b.order);

function push(heap: Happening[], item: Happening): void {
  let at = heap.push(item) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isBefore(item, heap[parent] as Happening)) break;
    heap[at] = heap[parent] as Happening;
    at = parent;
  }
  heap[at] = item;
}

function pop(heap: Happening[]): Happening | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (!first || !last || heap.length === 0) return first;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1] as Happening, heap[child] as Happening))
      child += 1;
    if (!isBefore(heap[child] as Happening, last)) break;
    heap[at] = heap[child] as Happening;
    at = child;
  }
  heap[at] = last;
  return first;
}
