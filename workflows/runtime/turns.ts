/**
 * Never two local activities of one workflow at once: the engine may hand over the results of both together and, when
 * the history is replayed, one after the other. Between the two the workflow does other things then, its history fits
 * its code no more, and it stands still for ever.
 */

/** Does one thing after the other; what comes while nothing is being done is begun at once. */
export function turns(): <Result>(work: () => Promise<Result>) => Promise<Result> {
  const waiting: (() => void)[] = [];
  let isBusy = false;
  const next = (): void => {
    const begin = waiting.shift();
    if (begin) begin();
    else isBusy = false;
  };
  const run = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const result = work();
    result.then(next, next);
    return result;
  };
  return (work) => {
    if (isBusy) return new Promise<void>((begin) => waiting.push(begin)).then(() => run(work));
    isBusy = true;
    return run(work);
  };
}
