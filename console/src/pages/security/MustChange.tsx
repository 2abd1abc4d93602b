import { Alert, Button } from "antd";
import type { Session } from "../../session";
import { useWords } from "../../words";
import { Door } from "../sign-in/Door";
import { NewPassword } from "./NewPassword";
import { words } from "./words";
import css from "./security.module.css";

interface Props {
  session: Session;
  entered: () => Promise<void>;
}

/** Whose password somebody else knows chooses one of their own before anything else. */
export default function MustChange({ session: { user, account, signOut }, entered }: Props) {
  const t = useWords(words);
  return (
    <Door>
      <h2>{t.mustChangeTitle}</h2>
      <Alert type="info" showIcon title={t.mustChangeHelp} />
      <NewPassword user={user} account={account} onDone={() => void entered()} />
      <div className={css.acts}>
        <Button onClick={() => void signOut()}>{t.signOut}</Button>
      </div>
    </Door>
  );
}
