// Messages in PostgreSQL, each by a statement of its own over a pool, or all that waits by one statement.
import pg from 'pg';

const TABLE = `
  CREATE TABLE IF NOT EXISTS peer_messages (
    id text PRIMARY KEY, conversation_id text NOT NULL, sender_id text NOT NULL, client_id text, content text NOT NULL,
    sequence bigint NOT NULL, created_at timestamptz NOT NULL, UNIQUE (conversation_id, sequence));
  TRUNCATE peer_messages`;
const COLUMNS = 'id, conversation_id, sender_id, client_id, content, sequence, created_at';
const ALONE = { name: 'alone', text: `INSERT INTO peer_messages (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7)` };
const TOGETHER = {
  name: 'together',
  text: `INSERT INTO peer_messages (${COLUMNS}) SELECT * FROM
    unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::timestamptz[])`,
};

const row = (made) => [made.id, made.conversationId, made.senderId, made.clientMessageId, made.content, made.sequence, made.createdAt];

export async function storage({ together }) {
  const pool = new pg.Pool({ max: 20 });
  await pool.query(TABLE);
  if (!together) return (made) => pool.query({ ...ALONE, values: row(made) });

  let waiting = [];
  let writing = false;
  async function write() {
    writing = true;
    while (waiting.length) {
      const batch = waiting;
      waiting = [];
      const rows = batch.map(({ made }) => row(made));
      await pool.query({ ...TOGETHER, values: rows[0].map((_, column) => rows.map((each) => each[column])) });
      for (const { done } of batch) done();
    }
    writing = false;
  }
  return (made) =>
    new Promise((done) => {
      waiting.push({ made, done });
      if (!writing) write();
    });
}
