import { Alert, Button } from "antd";
import { useState } from "react";
import type { Session } from "../../session";
import { useWords } from "../../words";
import { Door } from "../sign-in/Door";
import { RecoveryCodes } from "./RecoveryCodes";
import { SetUp } from "./SetUp";
import { words } from "./words";
import css from "./security.module.css";

interface Props {
  session: Session;
  entered: () => Promise<void>;
}

/** Whose role needs a second factor and who has none sets one up before anything else. */
export default function MustSetUp({ session: { signOut }, entered }: Props) {
  const t = useWords(words);
  const [codes, setCodes] = useState<string[] | null>(null);
  return (
    <Door>
      <h2>{t.mustTitle}</h2>
      {codes ? (
        <RecoveryCodes codes={codes} onKept={() => void entered()} />
      ) : (
        <>
          <Alert type="info" showIcon title={t.mustHelp} />
          <SetUp onCodes={setCodes} />
          <div className={css.acts}>
            <Button onClick={() => void signOut()}>{t.signOut}</Button>
          </div>
        </>
      )}
    </Door>
  );
}
