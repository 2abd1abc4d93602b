import { Card, useTold } from "../../parts";
import { useSession } from "../../session";
import { useWords } from "../../words";
import { NewPassword } from "./NewPassword";
import { words } from "./words";
import css from "./security.module.css";

/** One's own password. */
export function Password() {
  const t = useWords(words);
  const told = useTold();
  const { user, account } = useSession();
  return (
    <Card title={t.password}>
      <div className={css.stack}>
        <p className="soft">{t.passwordHelp}</p>
        <NewPassword user={user} account={account} onDone={() => told.good(t.passwordChanged)} />
      </div>
    </Card>
  );
}
