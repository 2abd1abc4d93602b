import { Problem, type Shown } from "../../../api";

export type Mode = "trial" | "all" | "good";

/** Send a file as it is: what it is, the server finds out. */
export async function send(account: string, file: Blob, mode: Mode): Promise<Shown["ListReply"]> {
  const headers = { "x-ringdesk": "console", "content-type": "application/octet-stream" };
  const path = `/api/v1/accounts/${account}/users/import?mode=${mode}`;
  const answer = await fetch(path, { method: "POST", headers, body: file }).catch(() => {
    throw Problem.unreachable();
  });
  const body: unknown = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Problem(body as Partial<Shown["Problem"]>, answer.status);
  return body as Shown["ListReply"];
}

/** The word by which the server names what is wrong with a file as a whole; `null`: it is something else. */
export function fileFault(problem: unknown): string | null {
  if (!(problem instanceof Problem)) return null;
  if (problem.status === 413) return "too-large";
  return /^([a-z_]+): /.exec(problem.detail ?? "")?.[1] ?? null;
}
