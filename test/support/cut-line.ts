/** A line to a server that a test can cut: nobody gets through until it is mended. */
import { openLine } from '../../scripts/wire/line.ts';

export interface CutLine {
  /** host:port that leads to the server. */
  readonly address: string;
  /** Breaks every connection and refuses new ones. */
  cut(): void;
  mend(): void;
  stop(): Promise<void>;
}

/** Listens on a free port and passes everything on to `address` (host:port). */
export async function cutLine(address: string): Promise<CutLine> {
  const [host = '', port = ''] = address.split(':');
  let isCut = false;
  const line = await openLine(
    { host, port: Number(port) },
    (client, upstream) => void client.pipe(upstream).pipe(client),
    () => !isCut,
  );
  return {
    address: `127.0.0.1:${line.port}`,
    cut: () => {
      isCut = true;
      line.breakAll();
    },
    mend: () => {
      isCut = false;
    },
    stop: line.stop,
  };
}
