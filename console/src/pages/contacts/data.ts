import { useQuery } from "@tanstack/react-query";
import { api, done, type Shown } from "../../api";
import { useAccount } from "../../session";

export type Contact = Shown["ContactReply"];
export type Field = Shown["FieldReply"];

const ACCOUNT = "/api/v1/accounts/{account_id}";

export function useContact(id: string) {
  const account = useAccount();
  return useQuery({
    queryKey: ["contacts", id],
    queryFn: () => done(api.GET(`${ACCOUNT}/contacts/{id}`, { params: { path: { ...account, id } } })),
  });
}

export function useFields() {
  const account = useAccount();
  return useQuery({ queryKey: ["contact_fields"], queryFn: () => done(api.GET(`${ACCOUNT}/contact_fields`, { params: { path: account } })) });
}

export function useTags() {
  const account = useAccount();
  return useQuery({ queryKey: ["tags"], queryFn: () => done(api.GET(`${ACCOUNT}/tags`, { params: { path: account } })) });
}
