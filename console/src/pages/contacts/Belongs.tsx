import { useQuery } from "@tanstack/react-query";
import { api, done } from "../../api";
import { Badge } from "../../parts";
import { useAccount } from "../../session";

/** The segments somebody is in now. */
export function Belongs({ contact }: { contact: string }) {
  const account = useAccount();
  const found = useQuery({ queryKey: ["contacts", contact, "segments"], queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/contacts/{id}/segments", { params: { path: { ...account, id: contact } } })) });
  return (found.data ?? []).map((one) => (
    <Badge key={one.id} tone="busy">
      {one.name}
    </Badge>
  ));
}
