/** Everything that the product leaves behind, as texts to search. */
import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import type pg from 'pg';

const { History } = proto.temporal.api.history.v1;

/** Every column of every table as one text, by `table.column`; bytes come as they are, one character each. */
export async function dumpDatabase(pool: pg.Pool): Promise<Map<string, string>> {
  const { rows: columns } = await pool.query<{ name: string; tbl: string; col: string; bytes: boolean }>(
    `select c.table_name || '.' || c.column_name as name, quote_ident(c.table_name) as tbl,
       quote_ident(c.column_name) as col, c.udt_name = 'bytea' as bytes
     from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
     where t.table_type = 'BASE TABLE' and c.table_schema = 'public' order by 1`,
  );
  const places = new Map<string, string>();
  for (const { name, tbl, col, bytes } of columns) {
    const value = bytes ? col : `${col}::text`;
    const { rows } = await pool.query<{ value: string | Buffer }>(
      `select ${value} as value from ${tbl} where ${col} is not null`,
    );
    const texts = rows.map((row) =>
      typeof row.value === 'string' ? row.value : row.value.toString('latin1'),
    );
    places.set(name, texts.join('\n'));
  }
  return places;
}

/** The histories of all workflows exactly as the server stores them, undecoded, by the type of the workflow. */
export async function dumpHistories(client: Client): Promise<Map<string, string>> {
  const places = new Map<string, string>();
  const { namespace } = client.options;
  for await (const { workflowId, runId, type } of client.workflow.list()) {
    let nextPageToken: Uint8Array = new Uint8Array();
    do {
      const page = await client.workflowService.getWorkflowExecutionHistory({
        ...{ namespace, nextPageToken },
        execution: { workflowId, runId },
      });
      const bytes = Buffer.from(History.encode(page.history ?? {}).finish());
      const place = `history of ${type}`;
      places.set(place, `${places.get(place) ?? ''}\n${bytes.toString('latin1')}`);
      nextPageToken = page.nextPageToken;
    } while (nextPageToken.length > 0);
  }
  return places;
}
