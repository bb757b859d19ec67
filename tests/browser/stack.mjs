// A whole stack for a test: nginx, concertd, MariaDB and memcached of its own, with the demo concerts.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

const source = process.env.CONCERT_SOURCE_DIR;

async function freePort() {
  const server = createServer();
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

// Starts a stack; `settings` is its environment, as ./dev takes it. Returns once it is ready: its url,
// and stop(), which ends it and deletes its folder. Throws with the reason if it does not start.
export async function startStack(settings = {}) {
  const folder = await mkdtemp(join(tmpdir(), "concert-"));
  const log = await open(join(folder, "run.log"), "w");
  const port = await freePort();
  const environment = {
    ...process.env,
    CONCERT_VAR: join(folder, "var"),
    CONCERT_PORT: String(port),
    CONCERT_SKIP_BUILD: "1",
    CONCERT_BUFFER_POOL: "64M",
    CONCERT_WORKERS: "4",
    ...settings,
  };
  // In the foreground; it gets SIGTERM when this process ends for any reason.
  const runner = spawn("setpriv", ["--pdeathsig", "TERM", join(source, "dev"), "run"], {
    env: environment,
    stdio: ["ignore", log.fd, log.fd],
  });
  const ended = new Promise((done) => runner.once("exit", done));
  const stop = async () => {
    runner.kill("SIGTERM");
    await ended;
    await log.close();
    await rm(folder, { recursive: true, force: true });
  };
  while (!existsSync(join(folder, "var", "ready"))) {
    if (runner.exitCode !== null) {
      const reason = readFileSync(join(folder, "run.log"), "utf8");
      await stop();
      throw new Error(`the stack did not start: ${reason}`);
    }
    await wait(50);
  }
  return { url: `http://127.0.0.1:${port}`, stop };
}
