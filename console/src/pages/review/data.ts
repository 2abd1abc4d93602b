import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, done, type Shown } from "../../api";
import { useAccount } from "../../session";
import { narrowing, query, type Wanted } from "./wanted";

export type Line = Shown["MessageReply"];
export type Found = Shown["LineReply"];
export type Conversation = Shown["ConversationReply"];
export type Recording = Shown["RecordingReply"];
export type Comment = Shown["CommentReply"];

const PAGE = 30;
/** Lines that the server gives at once. */
const LINES = 200;
/** Waveform columns: more than any screen draws. */
const SPANS = 4_000;

/** What the server says of a recording that was read from end to end. */
export interface Verdict {
  intact: boolean;
  as_stored: boolean | null;
  faults?: unknown[];
  more_faults?: number;
}

export function useFound(wish: Wanted) {
  const account = useAccount();
  const asked = query(wish);
  return useInfiniteQuery({
    queryKey: ["search", asked],
    enabled: asked.q !== "",
    initialPageParam: undefined as number | undefined,
    queryFn: ({ pageParam: before }) =>
      done(api.GET("/api/v1/accounts/{account_id}/search", { params: { path: account, query: { ...asked, before, limit: PAGE } } })),
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });
}

/** The latest conversations, as the filters have them: where a reviewer begins who looks for no word yet. */
export function useLatest(wish: Wanted) {
  const account = useAccount();
  const asked = { ...narrowing(wish), limit: 50 };
  return useQuery({
    queryKey: ["conversations", "review", asked],
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/conversations", { params: { path: account, query: asked } })),
    placeholderData: keepPreviousData,
  });
}

/** What inboxes are called: every reader may know that. */
export function useInboxNames() {
  const account = useAccount();
  return useQuery({
    queryKey: ["inboxes", "names"],
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/inbox_names", { params: { path: account } })),
  });
}

export function useSegments() {
  const account = useAccount();
  return useQuery({
    queryKey: ["segments"],
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/segments", { params: { path: account } })),
  });
}

export function useConversation(id: string) {
  const account = useAccount();
  return useQuery({
    queryKey: ["conversation", id],
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/conversations/{id}", { params: { path: { ...account, id } } })),
  });
}

/** Everything that was said, page after page. */
export function useLines(id: string) {
  const account = useAccount();
  return useQuery({
    queryKey: ["conversation", id, "lines"],
    queryFn: async () => {
      const all: Line[] = [];
      for (;;) {
        const after = all.at(-1)?.seq ?? 0;
        const page = await done(
          api.GET("/api/v1/accounts/{account_id}/conversations/{id}/messages", {
            params: { path: { ...account, id }, query: { after, limit: LINES } },
          }),
        );
        all.push(...page);
        if (page.length < LINES) return all;
      }
    },
  });
}

export function usePeaks(id: string | undefined, enabled: boolean) {
  const account = useAccount();
  return useQuery({
    queryKey: ["recording", id, "peaks"],
    enabled: enabled && id !== undefined,
    staleTime: Infinity,
    queryFn: () =>
      done(
        api.GET("/api/v1/accounts/{account_id}/recordings/{id}/peaks", {
          params: { path: { ...account, id: id ?? "" }, query: { spans: SPANS } },
        }),
      ),
  });
}

export function useVerdict(id: string) {
  const account = useAccount();
  return useMutation({
    mutationFn: async () =>
      (await done(
        api.GET("/api/v1/accounts/{account_id}/recordings/{id}/verify", { params: { path: { ...account, id } } }),
      )) as unknown as Verdict,
  });
}

export function useComments(id: string | undefined) {
  const account = useAccount();
  return useQuery({
    queryKey: ["recording", id, "comments"],
    enabled: id !== undefined,
    queryFn: () =>
      done(api.GET("/api/v1/accounts/{account_id}/recordings/{id}/comments", { params: { path: { ...account, id: id ?? "" } } })),
  });
}

export function useComment(id: string) {
  const account = useAccount();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Shown["NewComment"]) =>
      done(api.POST("/api/v1/accounts/{account_id}/recordings/{id}/comments", { params: { path: { ...account, id } }, body })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["recording", id, "comments"] }),
  });
}

export function useUncomment(recording: string) {
  const account = useAccount();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      done(api.DELETE("/api/v1/accounts/{account_id}/comments/{id}", { params: { path: { ...account, id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["recording", recording, "comments"] }),
  });
}

export function useCorrections(id: string, enabled: boolean) {
  const account = useAccount();
  return useQuery({
    queryKey: ["conversation", id, "corrections"],
    enabled,
    queryFn: () =>
      done(api.GET("/api/v1/accounts/{account_id}/conversations/{id}/corrections", { params: { path: { ...account, id } } })),
  });
}

export function useCorrect(id: string) {
  const account = useAccount();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Shown["NewLine"]) =>
      done(api.POST("/api/v1/accounts/{account_id}/conversations/{id}/corrections", { params: { path: { ...account, id } }, body })),
    // Also when somebody else was quicker: what they wrote is read.
    onSettled: async () => {
      await client.invalidateQueries({ queryKey: ["conversation", id] });
      await client.invalidateQueries({ queryKey: ["search"] });
    },
  });
}

/** Legal hold (`null`: released), or the end of it all. */
export function useCare(id: string) {
  const account = useAccount();
  const client = useQueryClient();
  const params = { path: { ...account, id } };
  return useMutation({
    mutationFn: async ({ act, reason }: { act: "hold" | "release" | "erase"; reason: string }) => {
      if (act === "hold") await done(api.PUT("/api/v1/accounts/{account_id}/recordings/{id}/hold", { params, body: { reason } }));
      else if (act === "release") await done(api.DELETE("/api/v1/accounts/{account_id}/recordings/{id}/hold", { params }));
      else await done(api.POST("/api/v1/accounts/{account_id}/recordings/{id}/erase", { params, body: { reason } }));
    },
    onSettled: async () => {
      await client.invalidateQueries({ queryKey: ["recording", id] });
      await client.invalidateQueries({ queryKey: ["conversation"] });
    },
  });
}

export function useLink(id: string) {
  const account = useAccount();
  return useMutation({
    mutationFn: async () => {
      const made = await done(
        api.POST("/api/v1/accounts/{account_id}/recordings/{id}/link", {
          params: { path: { ...account, id } },
          body: { seconds: 3_600, format: "ogg" },
        }),
      );
      return new URL(made.url, window.location.origin).toString();
    },
  });
}

/** Agents by their ids, as far as this reader may know them. */
export function useAgents() {
  const account = useAccount();
  return useQuery({
    queryKey: ["agents"],
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/agents", { params: { path: account } })),
  });
}

export function useTags() {
  const account = useAccount();
  return useQuery({
    queryKey: ["tags"],
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/tags", { params: { path: account } })),
  });
}

export function useQueues() {
  const account = useAccount();
  return useQuery({
    queryKey: ["queues"],
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/queues", { params: { path: account } })),
  });
}

/** Where the sound of a recording lies; the cookie opens it. */
export function useSoundPath() {
  const { account_id } = useAccount();
  return (id: string, what: string) => `/api/v1/accounts/${account_id}/recordings/${id}/${what}`;
}
