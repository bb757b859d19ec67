// Debian's Chromium for a test, and a server for the pages that it opens.
import { createServer } from "node:http";
import { chromium } from "playwright-core";

// Starts the browser; the caller closes it.
export function launchChromium() {
  return chromium.launch({
    executablePath: "/usr/bin/chromium",
    timeout: 120_000, // a busy machine
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic",
      "--no-first-run", "--disable-background-networking", "--disable-component-update",
      "--disable-sync",
    ],
  });
}

// Serves `html` at every path of a new origin: its origin, and stop().
export async function servePage(html) {
  const server = createServer((_, answer) => {
    answer.writeHead(200, { "Content-Type": "text/html; charset=utf-8" }).end(html);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    stop: () => {
      server.closeAllConnections();
      return new Promise((closed) => server.close(closed));
    },
  };
}
