// Node's own SQLite, asked line by line: scripts in, encoded answers out. Started with the newest Node, whose release is independent of ours.
import { DatabaseSync } from 'node:sqlite';
import { createInterface } from 'node:readline';
import { encodeRows } from './sqlite-values.mjs';

function answer({ statements }) {
  const database = new DatabaseSync(':memory:', { enableForeignKeyConstraints: false });
  const answers = statements.map((sql) => {
    try {
      const statement = database.prepare(sql);
      statement.setReadBigInts(true);
      statement.setReturnArrays(true);
      return { rows: encodeRows(statement.all()) };
    } catch (error) {
      return { error: error.message };
    }
  });
  database.close();
  return answers;
}

createInterface({ input: process.stdin }).on('line', (line) => process.stdout.write(`${JSON.stringify(answer(JSON.parse(line)))}\n`));
