import { useMutation } from "@tanstack/react-query";
import { api, done, type Shown } from "../api";
import { usePhoneStore } from "../phone/usePhone";
import { useTold } from "../parts/told";
import { useSession } from "../session";

/** Call somebody: my own telephone rings first and, in this page, picks up by itself. */
export function useDial() {
  const { account } = useSession();
  const store = usePhoneStore();
  const told = useTold();
  return useMutation({
    mutationFn: (to: Shown["Called"]) => {
      store?.hasAsked();
      return done(api.POST("/api/v1/accounts/{account_id}/calls", { params: { path: account }, body: { to } }));
    },
    onError: told.bad,
  });
}
