import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, done } from "../api";
import { useTold } from "../parts/told";
import { useSession } from "../session";

const ACCOUNT = "/api/v1/accounts/{account_id}";

/** How often one sees anew who is at work: no event tells everybody of that. */
const GLANCE = 30_000;

/** The rooms in which I am. `isSeen`: somebody looks at who is in them. */
export function useRooms(isSeen: boolean) {
  const { account } = useSession();
  return useQuery({
    queryKey: ["staff_rooms"],
    queryFn: () => done(api.GET(`${ACCOUNT}/staff_rooms`, { params: { path: account } })),
    refetchInterval: isSeen && GLANCE,
  });
}

/** Whom I can write to, by what was typed of their name. */
export function usePeople(typed: string) {
  const { account } = useSession();
  const q = typed.trim();
  return useQuery({
    queryKey: ["staff_people", q],
    queryFn: () => done(api.GET(`${ACCOUNT}/staff_people`, { params: { path: account, query: { q } } })),
    placeholderData: (before) => before,
    refetchInterval: GLANCE,
  });
}

/** What can be done with rooms. Each reads them again. */
export function useRoomSteps() {
  const { account } = useSession();
  const client = useQueryClient();
  const told = useTold();
  const again = { onError: told.bad, onSettled: () => Promise.all([["staff_rooms"], ["staff_room"]].map((queryKey) => client.invalidateQueries({ queryKey }))) };
  const path = (id: string) => ({ ...account, id });
  return {
    direct: useMutation({ mutationFn: (user: string) => done(api.POST(`${ACCOUNT}/staff_rooms/direct`, { params: { path: account }, body: { user } })), ...again }),
    make: useMutation({ mutationFn: (body: { name: string; people: string[] }) => done(api.POST(`${ACCOUNT}/staff_rooms`, { params: { path: account }, body })), ...again }),
    rename: useMutation({ mutationFn: ({ id, name }: { id: string; name: string }) => done(api.PUT(`${ACCOUNT}/staff_rooms/{id}`, { params: { path: path(id) }, body: { name } })), ...again }),
    add: useMutation({ mutationFn: ({ id, user }: { id: string; user: string }) => done(api.POST(`${ACCOUNT}/staff_rooms/{id}/people`, { params: { path: path(id) }, body: { user } })), ...again }),
    leave: useMutation({ mutationFn: (id: string) => done(api.POST(`${ACCOUNT}/staff_rooms/{id}/leave`, { params: { path: path(id) } })), ...again }),
  };
}
