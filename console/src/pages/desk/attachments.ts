import { useEffect, useReducer, useRef } from "react";
import { api, done, problemText, type Shown } from "../../api";
import { upload } from "../../parts/upload";
import { useSession } from "../../session";
import { dictionary, useLanguage, useWords } from "../../words";

const words = dictionary({ en: { tooLarge: "The file is larger than 25 MB." }, zh: { tooLarge: "文件超过 25 MB。" } });

/** As many as a text may bring, and as large as any of them may be (core/conversations/src/attachment.rs). */
export const MOST = 10;
export const LARGEST = 25 * 1024 * 1024;

/** A file that I bring to my next text. */
export interface Brought {
  key: string;
  name: string;
  /** How far it is, 0 to 1. */
  part: number;
  kept: Shown["AttachmentReply"] | null;
  /** Why it is not taken, in words. */
  why: string | null;
}

export type Step =
  | { type: "chosen"; key: string; name: string }
  | { type: "sent"; key: string; part: number }
  | { type: "kept"; key: string; kept: Shown["AttachmentReply"] }
  | { type: "refused"; key: string; why: string }
  | { type: "dropped"; key: string }
  | { type: "gone"; keys: readonly string[] };

export function brought(state: readonly Brought[], step: Step): readonly Brought[] {
  const change = (key: string, to: Partial<Brought>) => state.map((one) => (one.key === key ? { ...one, ...to } : one));
  switch (step.type) {
    case "chosen":
      return state.length < MOST ? [...state, { key: step.key, name: step.name, part: 0, kept: null, why: null }] : state;
    case "sent":
      return change(step.key, { part: step.part });
    case "kept":
      return change(step.key, { kept: step.kept, part: 1 });
    case "refused":
      return change(step.key, { why: step.why });
    case "dropped":
      return state.filter((one) => one.key !== step.key);
    case "gone":
      return state.filter((one) => !step.keys.includes(one.key));
  }
}

/**
 * Files for the next text: chosen, on their way, there. What a page leaves behind the server throws away. `to`: where they are brought,
 * below the account; `query`: what is said of them there beside the name.
 */
export function useBrought(to: string, query: Readonly<Record<string, string>> = {}) {
  const t = useWords(words);
  const { account } = useSession();
  const { language } = useLanguage();
  const [files, step] = useReducer(brought, []);
  const ways = useRef(new Map<string, AbortController>());
  useEffect(() => {
    const all = ways.current;
    return () => all.forEach((way) => way.abort());
  }, []);
  const add = (chosen: Iterable<File>) => {
    let room = MOST - files.length;
    for (const file of chosen) {
      if (room <= 0) return;
      room -= 1;
      const key = crypto.randomUUID();
      step({ type: "chosen", key, name: file.name });
      if (file.size > LARGEST) {
        step({ type: "refused", key, why: t.tooLarge });
        continue;
      }
      const way = new AbortController();
      ways.current.set(key, way);
      const address = `/api/v1/accounts/${account.account_id}/${to}?${new URLSearchParams({ ...query, name: file.name }).toString()}`;
      upload<Shown["AttachmentReply"]>(address, file, (part) => step({ type: "sent", key, part }), way.signal).then(
        (kept) => step({ type: "kept", key, kept }),
        (problem: unknown) => step({ type: "refused", key, why: problemText(problem, language) }),
      );
    }
  };
  const drop = (key: string) => {
    ways.current.get(key)?.abort();
    step({ type: "dropped", key });
  };
  // What is refused stays until it is taken away, and goes with nothing.
  const good = files.filter((one) => one.why === null);
  const state = { files, good, waits: good.some((one) => one.kept === null), ids: good.flatMap((one) => (one.kept ? [one.kept.id] : [])) };
  return { ...state, add, drop, step, forget: () => step({ type: "gone", keys: good.map((one) => one.key) }) };
}

/** The same for a conversation at the desk, to which one also sends what is shared. */
export function useAttachments(conversation: string) {
  const { account } = useSession();
  const { language } = useLanguage();
  const brought = useBrought(`conversations/${conversation}/attachments`);
  const { files, step } = brought;
  /** One that is shared goes without an upload. */
  const addShared = ({ id, title }: { id: string; title: string }) => {
    if (files.length >= MOST) return;
    const key = crypto.randomUUID();
    step({ type: "chosen", key, name: title });
    const path = { ...account, id };
    done(api.POST("/api/v1/accounts/{account_id}/shared_files/{id}/use", { params: { path }, body: { conversation } })).then(
      (kept) => step({ type: "kept", key, kept }),
      (problem: unknown) => step({ type: "refused", key, why: problemText(problem, language) }),
    );
  };
  return { ...brought, addShared };
}
