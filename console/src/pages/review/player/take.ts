import { Problem, type Shown } from "../../../api";

/** Take a file away under a name of ours; what went wrong is a {@link Problem}, not a page of JSON. */
export async function take(path: string, name: string): Promise<void> {
  const answer = await fetch(path, { headers: { "x-ringdesk": "console" } }).catch(() => {
    throw Problem.unreachable();
  });
  if (!answer.ok) throw new Problem((await answer.json().catch(() => ({}))) as Partial<Shown["Problem"]>, answer.status);
  const url = URL.createObjectURL(await answer.blob());
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  // The browser has begun to write it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
