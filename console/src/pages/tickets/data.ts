import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, done, type Shown } from "../../api";
import type { Tone } from "../../parts/Badge";
import { useAccount } from "../../session";

export type Ticket = Shown["TicketReply"];
export type Entry = Shown["TicketEntry"];
export type TicketType = Shown["TicketTypeReply"];
export type Filter = Shown["TicketFilter"];

const ACCOUNT = "/api/v1/accounts/{account_id}";
export const PAGE = 200;

export function useTickets(filter: Partial<Filter>, typed = "") {
  const account = useAccount();
  return useQuery({
    queryKey: ["tickets", filter, typed],
    placeholderData: keepPreviousData,
    queryFn: () => done(api.POST(`${ACCOUNT}/tickets/search`, { params: { path: account }, body: { typed, filter } })),
  });
}

export function useTicket(id: string) {
  const account = useAccount();
  return useQuery({ queryKey: ["tickets", id], queryFn: () => done(api.GET(`${ACCOUNT}/tickets/{id}`, { params: { path: { ...account, id } } })) });
}

export function useTypes() {
  const account = useAccount();
  return useQuery({ queryKey: ["ticket_types"], queryFn: () => done(api.GET(`${ACCOUNT}/ticket_types`, { params: { path: account } })) });
}

export function useDepartments() {
  const account = useAccount();
  return useQuery({ queryKey: ["departments"], queryFn: () => done(api.GET(`${ACCOUNT}/departments`, { params: { path: account } })) });
}

export function usePeople() {
  const account = useAccount();
  return useQuery({ queryKey: ["ticket_people"], queryFn: () => done(api.GET(`${ACCOUNT}/ticket_people`, { params: { path: account } })) });
}

export const STATES = ["open", "pending", "waiting", "solved", "archived"] as const;
export const PRIORITIES = ["low", "normal", "high", "urgent"] as const;

export function toneOf(ticket: Pick<Ticket, "state" | "overdue">): Tone {
  if (ticket.overdue) return "bad";
  if (ticket.state === "solved") return "good";
  return ticket.state === "archived" ? "quiet" : "busy";
}
