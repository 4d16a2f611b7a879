/** A bare Express handler of the same query as GET /v1/balance: no sign-in, no schema, no log. */
import express from 'express';
import pg from 'pg';
import { findBalance } from '../../db/funding/balance-queries.ts';
import { depositLifecycle } from '../../domain/funding/deposit.ts';
import { isFinal, statesOf } from '../../domain/lifecycle.ts';

const FINAL_STATES = statesOf(depositLifecycle).filter((state) => isFinal(depositLifecycle, state));
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 20 });
const database = {
  prepared: async (name: string, text: string, values: unknown[] = []) =>
    (await pool.query({ name, text, values })).rows,
};

const app = express();
app.get('/v1/balance', async (request, response) => {
  const row = await findBalance(database as never, String(request.query.user_id), FINAL_STATES);
  response.json(row);
});
const server = app.listen(Number(process.env.BARE_PORT), '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
});
process.once('SIGTERM', () => {
  server.closeAllConnections();
  server.close();
  void pool.end();
});
