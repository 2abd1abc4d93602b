import { useMutation } from "@tanstack/react-query";
import { api, done, type Shown } from "../../api";
import { useTold } from "../../parts/told";
import { useWords } from "../../words";
import { words } from "./words";

/** What each does, by their first role; some houses name two of them otherwise. */
const ROLES = { agent: "agent", leader: "leader", supervisor: "leader", reviewer: "reviewer", operator: "operator", manager: "manager", admin: "manager" } as const;

/** The people of the demo centre: one click each. */
export function DemoPeople({ people, entered }: { people: Shown["DemoPerson"][]; entered: () => Promise<void> }) {
  const t = useWords(words);
  const told = useTold();
  const enter = useMutation({
    mutationFn: (login: string) => done(api.POST("/api/v1/auth/demo", { body: { login } })),
    onSuccess: entered,
    onError: told.bad,
  });
  return (
    <section className="demo">
      <a className="demo-start" href="/start">
        <strong>{t.start}</strong>
        <span className="soft">{t.startHelp}</span>
      </a>
      <h2>{t.demo}</h2>
      <ul className="demo-people">
        {people.map((person) => {
          const role = ROLES[person.roles[0] as keyof typeof ROLES];
          return (
            <li key={person.login}>
              <button type="button" className="demo-person" disabled={enter.isPending} onClick={() => enter.mutate(person.login)}>
                <span className="demo-name">{person.name}</span>
                {role && <span className="soft">{t[role]}</span>}
              </button>
            </li>
          );
        })}
      </ul>
      <p className="soft">{t.demoNote}</p>
    </section>
  );
}
