// openapi.yaml alone is enough to integrate: against the demo, a generated client buys a seat, and
// the examples of its requests succeed as they stand.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import yaml from "yaml";
import { startStack } from "./stack.mjs";

const document = yaml.parse(readFileSync("openapi.yaml", "utf8"));
let stack;

before(async () => {
  stack = await startStack();
});
after(() => stack?.stop());

const resolved = (node) =>
  node.$ref ? node.$ref.slice(2).split("/").reduce((at, step) => at[step], document) : node;

// An operation by its id: method, path, and what its parameters and bodies have as examples.
function operation(id) {
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, value] of Object.entries(item)) {
      if (value.operationId !== id) continue;
      const parameters = [...(item.parameters ?? []), ...(value.parameters ?? [])].map(resolved);
      const media = value.requestBody && resolved(value.requestBody).content["application/json"];
      const bodies = media
        ? media.examples
          ? Object.values(media.examples).map((one) => one.value)
          : [media.example]
        : [undefined];
      return { method: method.toUpperCase(), path, parameters, bodies };
    }
  }
  throw new Error(`no operation ${id}`);
}

async function send({ method, path, parameters }, body, token, skipped) {
  const headers = { ...(token && { Authorization: `Bearer ${token}` }) };
  const query = new URLSearchParams();
  let target = path;
  for (const { name, in: where, example } of parameters) {
    if (example === undefined || skipped.includes(name)) continue;
    if (where === "path") target = target.replace(`{${name}}`, example);
    if (where === "query") query.set(name, example);
    if (where === "header") headers[name] = example;
  }
  assert.doesNotMatch(target, /[{}]/, "a path parameter has no example");
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const sent = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
  return fetch(`${stack.url}${target}?${query}`, sent);
}

// In the order of a visit; the last four end the token.
const visit = [
  "livez", "readyz", "metrics", "showQueue", "showOneQueue", "showSite", "listCatalogue", "showConcert", "issueToken",
  "refreshToken", "listConcerts", "listDates", "listSeats", "listSections", "holdSeats", "showReservation",
  "extendHold", "releaseReservation", "listReservations", "listTickets", "showTicketKey", "charge", "showBalance",
  "listLedger", "payTogether", "pay", "leaveQueue", "issueClientToken",
];

test("each example of a request succeeds as it stands", async () => {
  const all = Object.values(document.paths).flatMap((item) =>
    Object.values(item).flatMap((value) => value.operationId ?? []));
  assert.deepEqual([...visit].sort(), all.sort());
  let token;
  for (const id of visit) {
    const found = operation(id);
    for (const [index, body] of found.bodies.entries()) {
      // One key stands for one body.
      const skipped = index > 0 ? ["Idempotency-Key"] : [];
      const answer = await send(found, body, token, skipped);
      const text = await answer.text();
      assert.ok(answer.ok, `${id} ${JSON.stringify(body)}: ${answer.status} ${text}`);
      token ??= id === "issueToken" ? JSON.parse(text).token : undefined;
    }
  }
});

// After the examples, which name the first reservations of the demo.
test("a client that is generated from it compiles and buys a seat", async () => {
  execFileSync("openapi-typescript", ["openapi.yaml", "-o", "schema.d.ts"], { stdio: "pipe" });
  try {
    execFileSync("tsc", ["-p", "tsconfig.json"], { stdio: "pipe" });
  } catch (error) {
    assert.fail(`tsc: ${error.stdout}`);
  }
  const { buySeat } = await import("./client.js");
  const reservation = await buySeat(stack.url, randomUUID());
  assert.equal(reservation.status, "PAID");
  assert.equal(reservation.seatNumbers.length, 1);
});
