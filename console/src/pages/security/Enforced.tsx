import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Checkbox } from "antd";
import { useState } from "react";
import { api, done } from "../../api";
import { Badge, Card, Trouble, useTold, Waiting } from "../../parts";
import { SureButton } from "../../parts/SureButton";
import { useAccount } from "../../session";
import { useWords } from "../../words";
import { useRoles, useSave, useUsers } from "../settings/data";
import { roleNames } from "../settings/roles";
import { words } from "./words";
import css from "./security.module.css";

/** Which roles need a second factor, and who has one. */
export function Enforced() {
  const t = useWords(words);
  const names = useWords(roleNames);
  const told = useTold();
  const account = useAccount();
  const client = useQueryClient();
  const roles = useRoles();
  const users = useUsers();
  const state = useQuery({
    queryKey: ["second_factor_roles"],
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/second_factor_roles", { params: { path: account } })),
  });
  const [chosen, setChosen] = useState<string[] | null>(null);
  const save = useSave(
    (path, wish: string[]) => done(api.PUT("/api/v1/accounts/{account_id}/second_factor_roles", { params: { path }, body: { roles: wish } })),
    ["second_factor_roles"],
    ["second_factor"],
  );
  const reset = useSave(
    (path, id: string) => done(api.DELETE("/api/v1/accounts/{account_id}/users/{id}/second_factor", { params: { path: { ...path, id } } })),
    ["second_factor_roles"],
  );
  if (state.isPending || roles.isPending) return <Waiting />;
  if (state.isError) return <Trouble problem={state.error} again={() => void state.refetch()} />;
  const now = chosen ?? state.data.roles;
  const isSame = now.length === state.data.roles.length && now.every((role) => state.data.roles.includes(role));
  const keep = () =>
    save.mutate(now, {
      onSuccess: () => {
        told.good(t.saved);
        setChosen(null);
        // Mine may be among them.
        void client.invalidateQueries({ queryKey: ["me"] });
      },
      onError: told.bad,
    });
  const active = (users.data ?? []).filter((user) => !user.disabled);
  return (
    <Card title={t.enforced}>
      <div className={css.stack}>
        <p className="soft">{t.enforcedHelp}</p>
        <Checkbox.Group
          aria-label={t.enforced}
          className={css.roles}
          value={now}
          onChange={setChosen}
          options={(roles.data ?? []).map((role) => ({ value: role.name, label: names[role.name] ?? role.name }))}
        />
        <div className={css.acts}>
          <Button type="primary" disabled={isSame} loading={save.isPending} onClick={keep}>
            {t.save}
          </Button>
        </div>
        <h3>{t.who}</h3>
        <ul className={css.rows}>
          {active.map((user) => {
            const has = state.data.users.includes(user.id);
            const must = user.roles.some((role) => state.data.roles.includes(role));
            return (
              <li key={user.id}>
                <div>
                  {user.name} <span className="soft">{user.login}</span>
                </div>
                <span className={css.acts}>
                  {has ? <Badge tone="good">{t.isOn}</Badge> : must ? <Badge tone="warn">{t.atNextSignIn}</Badge> : <Badge tone="quiet">{t.isOff}</Badge>}
                  {has && (
                    <SureButton help={t.resetHelp} size="small" onSure={() => reset.mutate(user.id, { onSuccess: () => told.good(t.wasReset), onError: told.bad })}>
                      {t.reset}
                    </SureButton>
                  )}
                </span>
              </li>
            );
          })}
        </ul>
      </div>
    </Card>
  );
}
