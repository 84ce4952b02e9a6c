// How each of these servers starts and ends: on a free port, which it says, until standard input closes.
import { parseArgs } from 'node:util';

export const { values: options } = parseArgs({
  options: {
    redis: { type: 'string' }, // URL
    postgres: { type: 'boolean' }, // where PGHOST, PGUSER and PGDATABASE say
    together: { type: 'boolean' }, // commit what waits together
  },
});

export function serve(server) {
  server.listen(0, '127.0.0.1', 4096, () => console.log(`READY ${server.address().port}`));
  endWithInput();
}

export function endWithInput() {
  process.stdin.on('end', () => process.exit(0)).resume();
}
