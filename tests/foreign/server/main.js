import { createApp } from "./src/app.js";
import { readConfig } from "./src/config.js";

const config = readConfig(process.argv.slice(2), process.env);
const app = await createApp(config);
await app.listen(config.port);
console.log(`listening on http://127.0.0.1:${app.port}`);

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, async () => {
    await app.close();
    process.exit(0);
  });
}
