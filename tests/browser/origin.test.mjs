// A page of another origin in a real browser: it buys a seat where its origin is named, and reads the
// errors that nginx makes itself; elsewhere it reads what is the same for every user and nothing else.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { launchChromium, servePage } from "./chromium.mjs";
import { startStack } from "./stack.mjs";

const html = "<!doctype html><title>A shop</title>";
let shop, other, stack, browser;

before(async () => {
  [shop, other] = [await servePage(html), await servePage(html)];
  [stack, browser] = await Promise.all([
    startStack({ CONCERT_CORS_ORIGINS: `${shop.origin},*` }),
    launchChromium(),
  ]);
});
after(() => Promise.all([browser?.close(), stack?.stop(), shop?.stop(), other?.stop()]));

// Opens the origin's page and gives its fetch: status, headers that the page may see, and the body;
// "blocked" where the browser keeps the answer from the page.
async function pageOf({ origin }) {
  const page = await browser.newPage();
  page.setDefaultTimeout(120_000); // a busy machine
  await page.goto(origin);
  const ask = (path, options = {}) =>
    page.evaluate(
      async ([url, sent]) => {
        try {
          const answer = await fetch(url, sent);
          const text = await answer.text();
          const headers = Object.fromEntries(answer.headers);
          return { status: answer.status, headers, body: text && JSON.parse(text) };
        } catch (error) {
          if (error instanceof TypeError) return "blocked";
          throw error;
        }
      },
      [stack.url + path, options],
    );
  return { ask, close: () => page.close() };
}

const json = (method, body, headers = {}) => ({
  method,
  headers: { "Content-Type": "application/json", ...headers },
  body: JSON.stringify(body),
});

test("a page of a named origin buys a seat and reads every answer", async () => {
  const { ask, close } = await pageOf(shop);
  const userId = randomUUID();
  const issued = await ask("/token", json("POST", { userId }));
  assert.equal(issued.status, 201);
  const token = { Authorization: `Bearer ${issued.body.token}` };

  const dates = await ask("/concerts/1/dates", { headers: token });
  assert.equal(dates.status, 200);
  for (const name of ["x-request-id", "x-cache", "etag"]) assert.ok(dates.headers[name], name);

  const hold = json("POST", { concertDateId: 1, seatNumber: 5 }, { ...token, "Idempotency-Key": "k" });
  const held = await ask("/reservation", hold);
  assert.equal(held.status, 201);
  assert.equal((await ask("/reservation", hold)).headers["idempotent-replayed"], "true");
  const charge = json("PATCH", { amount: held.body.totalPrice }, token);
  assert.equal((await ask(`/user/${userId}/charge`, charge)).status, 200);
  const pay = { method: "POST", headers: token };
  assert.equal((await ask(`/payment/${held.body.paymentId}`, pay)).body.status, "PAID");
  assert.equal((await ask("/token", { method: "DELETE", headers: token })).status, 204);
  await close();
});

test("a page of a named origin reads the errors that nginx makes itself", async () => {
  const { ask, close } = await pageOf(shop);
  const tooLarge = await ask("/token", json("POST", { x: " ".repeat(17000) }));
  assert.equal(tooLarge.body.code, "BODY_TOO_LARGE");
  assert.equal((await ask(`/${"a".repeat(9000)}`)).body.code, "URI_TOO_LONG");
  assert.equal((await ask("/nowhere")).body.code, "NOT_FOUND");
  await close();
});

test("a page of another origin reads what is the same for every user and no more", async () => {
  const { ask, close } = await pageOf(other);
  const queue = await ask("/queue");
  assert.equal(queue.status, 200);
  assert.ok(queue.headers["x-request-id"]);
  assert.equal((await ask("/concerts", { headers: { token: "x" } })).body.code, "TOKEN_INVALID");
  assert.equal(await ask("/token", json("POST", { userId: randomUUID() })), "blocked");
  assert.equal(await ask("/token/refresh"), "blocked");
  await close();
});
