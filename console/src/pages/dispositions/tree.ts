/** An entry while it is edited. `id` holds it together while its key is typed. */
export interface Entry {
  id: number;
  key: string;
  en: string;
  zh: string;
  children: Entry[];
}

/** As the server shows and takes it. */
export interface Shown {
  path: string;
  labels: Record<string, string>;
  children: Shown[];
}
export interface Taken {
  key: string;
  labels: Record<string, string>;
  children: Taken[];
}

export const DEEPEST = 3;
const KEY = /^[A-Za-z0-9_-]{1,64}$/;

let newest = 0;
export const fresh = (): Entry => ({ id: (newest += 1), key: "", en: "", zh: "", children: [] });

export function entries(shown: readonly Shown[]): Entry[] {
  return shown.map(({ path, labels, children }) => ({
    id: (newest += 1),
    key: path.split("/").at(-1) ?? "",
    en: labels.en ?? "",
    zh: labels["zh-CN"] ?? "",
    children: entries(children),
  }));
}

export function taken(all: readonly Entry[]): Taken[] {
  return all.map(({ key, en, zh, children }) => ({
    key,
    labels: { ...(en.trim() && { en: en.trim() }), ...(zh.trim() && { "zh-CN": zh.trim() }) },
    children: taken(children),
  }));
}

/** The tree with one entry changed; `null`: without it. */
export function changed(all: readonly Entry[], id: number, change: (entry: Entry) => Entry | null): Entry[] {
  return all.flatMap((entry) => {
    if (entry.id === id) return change(entry) ?? [];
    return { ...entry, children: changed(entry.children, id, change) };
  });
}

/** One place up among its neighbours. */
export function moved(all: readonly Entry[], id: number): Entry[] {
  const at = all.findIndex((entry) => entry.id === id);
  if (at > 0) return [...all.slice(0, at - 1), ...all.slice(at, at + 1), ...all.slice(at - 1, at), ...all.slice(at + 1)];
  return all.map((entry) => ({ ...entry, children: moved(entry.children, id) }));
}

/** Why it cannot be published. */
export function fault(all: readonly Entry[]): "noKey" | "sameKey" | null {
  if (all.some((entry) => !KEY.test(entry.key))) return "noKey";
  if (new Set(all.map((entry) => entry.key)).size < all.length) return "sameKey";
  return all.map((entry) => fault(entry.children)).find(Boolean) ?? null;
}

/** A key from words, where somebody wrote the words first. */
export const keyOf = (words: string) =>
  words
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .slice(0, 64);
