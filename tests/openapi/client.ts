// A client written from openapi.yaml alone: types by openapi-typescript, calls by openapi-fetch.
// It compiles under `tsc --strict`, and its test buys a seat with it.
import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Api = Client<paths>;
type Hold = components["schemas"]["HoldRequest"];

// The data of a success. Throws the problem's code otherwise.
function expect<T>(answer: { data?: T; error?: { code: string } | undefined }): T {
  if (answer.data === undefined) throw new Error(answer.error?.code ?? "an answer without a body");
  return answer.data;
}

async function join(api: Api, userId: string): Promise<void> {
  const token = expect(await api.POST("/token", { body: { userId } }));
  // Of a token for records too these can be read; they are null.
  const { position, estimatedWaitSeconds, pollAfterSeconds } = token;
  if (token.status === "WAITING")
    throw new Error(`position ${position}: ${estimatedWaitSeconds} s, ask in ${pollAfterSeconds} s`);
  api.use({
    onRequest({ request }) {
      request.headers.set("Authorization", `Bearer ${token.token}`);
      return request;
    },
  });
}

// A seat that is free, of the first concert that has an upcoming date.
async function choose(api: Api): Promise<{ hold: Hold; price: number }> {
  const page = expect(await api.GET("/concerts", { params: { query: { limit: 100 } } }));
  const concert = page.concerts.find((one) => one.nextStartsAt !== null);
  if (!concert) throw new Error("no concert has an upcoming date");
  const { concertId } = concert;
  const { dates } = expect(
    await api.GET("/concerts/{concertId}/dates", { params: { path: { concertId } } }),
  );
  const concertDateId = dates[0]?.concertDateId;
  if (concertDateId === undefined) throw new Error("no date");
  const { seats } = expect(
    await api.GET("/concerts/{concertId}/dates/{concertDateId}/seats", {
      params: { path: { concertId, concertDateId }, query: { status: "AVAILABLE" } },
    }),
  );
  const seat = seats[0];
  if (!seat) throw new Error("sold out");
  return { hold: { concertDateId, seatNumber: seat.seatNumber }, price: seat.price };
}

// Buys one seat as `userId` and returns the reservation as it is then.
export async function buySeat(
  baseUrl: string,
  userId: string,
): Promise<components["schemas"]["Reservation"]> {
  const api = createClient<paths>({ baseUrl });
  await join(api, userId);
  const { hold, price } = await choose(api);
  const header = { "Idempotency-Key": "the-order" };
  const held = expect(await api.POST("/reservation", { params: { header }, body: hold }));
  await api.PATCH("/user/{userId}/charge", {
    params: { path: { userId }, header },
    body: { amount: price },
  });
  const { paymentId, reservationId } = held;
  const paid = expect(await api.POST("/payment/{paymentId}", { params: { path: { paymentId } } }));
  if (paid.amount !== price) throw new Error("another price than the one that was shown");
  return expect(
    await api.GET("/reservation/{reservationId}", { params: { path: { reservationId } } }),
  );
}

// What the types refuse: TypeScript says so where one of these lines is no mistake.
export function mistakes(api: Api): void {
  // @ts-expect-error neither seats nor a seat
  void api.POST("/reservation", { body: { concertDateId: 1 } });
  // @ts-expect-error a number of points as text
  void api.PATCH("/user/{userId}/charge", { params: { path: { userId: "" } }, body: { amount: "1" } });
  // @ts-expect-error a status that is none
  void api.GET("/concerts/{concertId}/dates/{concertDateId}/seats", { params: { path: { concertId: 1, concertDateId: 1 }, query: { status: "SOLD" } } });
}
