import createClient, { type Middleware } from "openapi-fetch";
import { Problem } from "./problem";
import type { components, paths } from "./schema";

export { Problem, problemText } from "./problem";

/** What the server shows: `Shown["ConversationReply"]`. */
export type Shown = components["schemas"];

type Listener = () => void;
const signedOut = new Set<Listener>();

/** Told when the server knows the session no more. */
export function onSignedOut(listener: Listener): () => void {
  signedOut.add(listener);
  return () => signedOut.delete(listener);
}

/** Every request says that it comes from the console; the cookie alone changes nothing. */
const ours: Middleware = {
  onRequest({ request }) {
    request.headers.set("x-ringdesk", "console");
    return request;
  },
  onResponse({ request, response }) {
    if (response.status === 401 && !new URL(request.url).pathname.startsWith("/api/v1/auth/")) signedOut.forEach((tell) => tell());
    return undefined;
  },
  onError() {
    return Problem.unreachable();
  },
};

/**
 * The server's routes, typed by its own description. Below an account, `useAccount()` fills the path:
 * `done(api.GET("/api/v1/accounts/{account_id}/queues", { params: { path: account } }))`.
 */
export const api = createClient<paths>({ baseUrl: "" });
api.use(ours);

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** What was asked for, or a {@link Problem} is thrown. */
export async function done<T>(request: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await request;
  if (response.ok) return data as T;
  const wait = Number(response.headers.get("retry-after"));
  throw new Problem((error ?? {}) as Partial<Shown["Problem"]>, response.status, wait > 0 ? wait : null);
}
