import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, done, type Shown } from "../api";
import { usePhone } from "../phone/usePhone";
import { askForDesktop } from "../parts/desktop";
import { useTold } from "../parts/told";
import { useSession } from "../session";
import { callState, type CallState } from "./callState";
import { isState, type State } from "./presence";

const ACCOUNT = "/api/v1/accounts/{account_id}";

/** Where I stand. */
export function usePresence() {
  const { account, may, agent } = useSession();
  return useQuery({
    queryKey: ["presence"],
    queryFn: () => done(api.GET(`${ACCOUNT}/presence`, { params: { path: account } })),
    enabled: may("presence.own") && agent !== null,
  });
}

export const stateOf = (presence: Shown["PresenceReply"] | undefined): State => {
  const state = presence?.state ?? "logged_out";
  return isState(state) ? state : "logged_out";
};

/** Choose it now, or for when the work in hand is over. */
export function useChoose() {
  const { account } = useSession();
  const client = useQueryClient();
  const told = useTold();
  return useMutation({
    mutationFn: ({ later, ...body }: Shown["Choice"] & { later?: boolean }) => {
      if (body.state === "ready") askForDesktop();
      return later
        ? done(api.PUT(`${ACCOUNT}/presence/next`, { params: { path: account }, body }))
        : done(api.PUT(`${ACCOUNT}/presence`, { params: { path: account }, body }));
    },
    onSuccess: (presence) => client.setQueryData(["presence"], presence),
    onError: told.bad,
  });
}

export function useQueues() {
  const { account, may } = useSession();
  return useQuery({
    queryKey: ["queues"],
    queryFn: () => done(api.GET(`${ACCOUNT}/queues`, { params: { path: account } })),
    enabled: may("queues.read"),
  });
}

/** Whom I can ask, and pass a call on to. */
export function useColleagues() {
  const { account, may } = useSession();
  return useQuery({
    queryKey: ["agents", "colleagues"],
    queryFn: () => done(api.GET(`${ACCOUNT}/colleagues`, { params: { path: account } })),
    enabled: may("conversations.answer"),
  });
}

export function useWork() {
  const { account, may } = useSession();
  return useQuery({
    queryKey: ["work_items"],
    queryFn: () => done(api.GET(`${ACCOUNT}/work_items`, { params: { path: account } })),
    enabled: may("conversations.answer"),
  });
}

/** Texts that I am being asked to take, and those in my hands. */
export function useTextOffers() {
  const { account, may, agent } = useSession();
  return useQuery({
    queryKey: ["offers", "texts"],
    queryFn: () => done(api.GET(`${ACCOUNT}/text_offers`, { params: { path: account } })),
    enabled: may("conversations.answer") && agent !== null,
  });
}

/** My newest conversations. */
export function useMine() {
  const { account } = useSession();
  return useQuery({
    queryKey: ["conversations", "mine"],
    queryFn: () => done(api.GET(`${ACCOUNT}/conversations`, { params: { path: account, query: { limit: 50 } } })),
  });
}

/** The facts of a call, read again with its conversation. */
export function useFacts(conversation: string | undefined) {
  const { account } = useSession();
  return useQuery({
    queryKey: ["conversation", conversation, "events"],
    queryFn: () => done(api.GET(`${ACCOUNT}/conversations/{id}/events`, { params: { path: { ...account, id: conversation ?? "" } } })),
    enabled: conversation !== undefined,
  });
}

export interface MyCall {
  /** In the server's books. */
  conversation: Shown["ConversationReply"];
  call: string;
  state: CallState;
}

/** The call in which I talk, by the server's books: also on another telephone of mine. */
export function useMyCall(): MyCall | null {
  const { agent } = useSession();
  const mine = useMine();
  const conversation = useMemo(
    () =>
      mine.data?.find(
        (one) => one.calls.some((call) => !call.ended_at) && one.participations.some((part) => part.agent === agent?.id && !part.left_at),
      ),
    [mine.data, agent],
  );
  const call = conversation?.calls.find((one) => !one.ended_at)?.id;
  const facts = useFacts(conversation?.id);
  return useMemo(() => {
    if (!conversation || !call || !agent) return null;
    const state = callState((facts.data ?? []).filter((fact) => fact.call === call), agent.id);
    return state && !state.ended ? { conversation, call, state } : null;
  }, [conversation, call, agent, facts.data]);
}

/** Names of colleagues and queues, where there is one. */
export function useNames() {
  const { user, agent: me } = useSession();
  const colleagues = useColleagues();
  const queues = useQueues();
  return useMemo(
    () => ({
      agent: (id: string | null | undefined) => (id && id === me?.id ? user.name : (colleagues.data?.find((one) => one.id === id)?.name ?? null)),
      queue: (id: string | null | undefined) => queues.data?.find((one) => one.id === id)?.name ?? null,
    }),
    [colleagues.data, queues.data, me, user.name],
  );
}

/** What is on the line, in the page or in the books: enough to know whether something runs. */
export function useOnTheLine() {
  const phone = usePhone();
  const mine = useMyCall();
  return { phone, call: phone?.phone.call ?? null, mine };
}

/** Who is offered to me: read while it rings. */
export function useOfferCard(workItem: string | null) {
  const { account } = useSession();
  return useQuery({
    queryKey: ["contact_card", workItem],
    queryFn: () => done(api.GET(`${ACCOUNT}/work_items/{id}/card`, { params: { path: { ...account, id: workItem ?? "" } } })),
    enabled: workItem !== null,
    retry: 2,
  });
}

/** With whom a conversation is. */
export function useContactCard(conversation: string) {
  const { account } = useSession();
  return useQuery({
    queryKey: ["conversation", conversation, "card"],
    queryFn: () => done(api.GET(`${ACCOUNT}/conversations/{id}/card`, { params: { path: { ...account, id: conversation } } })),
  });
}
