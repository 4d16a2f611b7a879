/**
 * Stands in front of the Temporal Web UI of the dev server and switches one setting on.
 *
 * Payloads are encrypted, and the Web UI asks the API's codec endpoint for their plain text. The API answers
 * only staff, whom it knows by a cookie. The Web UI sends cookies along when its settings say
 * `IncludeCredentials`, for which the dev server has no flag (a server of your own has
 * TEMPORAL_CODEC_INCLUDE_CREDENTIALS).
 */
import {
  createServer,
  request as forward,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';

const SETTINGS_PATH = '/api/v1/settings';
const CODEC_SETTINGS = {
  IncludeCredentials: true,
  DefaultErrorMessage: 'These payloads are encrypted. Sign in with the staff link that `npm start` printed.',
};

interface TemporalUi {
  /** Origin for a browser. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Listens on `port` of 127.0.0.1 and passes everything on to the Web UI on `uiPort`. */
export async function startTemporalUi(port: number, uiPort: number): Promise<TemporalUi> {
  const server = createServer((incoming, answer) => pass(incoming, answer, uiPort));
  await listen(server, port);
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}

function pass(incoming: IncomingMessage, answer: ServerResponse, uiPort: number): void {
  const { method, url: path, headers } = incoming;
  const isSettings = path?.split('?')[0] === SETTINGS_PATH;
  // The settings are changed as text: they must come uncompressed.
  const sent = isSettings ? { ...headers, 'accept-encoding': 'identity' } : headers;
  const onward = forward({ host: '127.0.0.1', port: uiPort, method, path, headers: sent }, (response) => {
    if (isSettings && response.statusCode === 200) void answerSettings(response, answer);
    else response.pipe(answer.writeHead(response.statusCode ?? 502, response.headers));
  });
  onward.once('error', () => {
    if (!answer.headersSent) answer.writeHead(502, { 'content-type': 'text/plain' });
    answer.end('The Temporal server does not answer.\n');
  });
  answer.once('close', () => onward.destroy());
  incoming.pipe(onward);
}

async function answerSettings(response: IncomingMessage, answer: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const settings = JSON.parse(Buffer.concat(chunks).toString()) as { Codec?: object };
  const body = JSON.stringify({ ...settings, Codec: { ...settings.Codec, ...CODEC_SETTINGS } });
  const { 'content-length': _length, ...headers } = response.headers;
  answer.writeHead(200, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}
