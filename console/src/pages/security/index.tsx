import { Page } from "../../parts";
import { useSession } from "../../session";
import { useWords } from "../../words";
import { Enforced } from "./Enforced";
import { Password } from "./Password";
import { SecondFactor } from "./SecondFactor";
import { Sessions } from "./Sessions";
import { SignInChallenge } from "./SignInChallenge";
import { words } from "./words";

/** What protects one's own sign-in, and, for who may grant rights, everybody's. */
export default function Security() {
  const t = useWords(words);
  const { may } = useSession();
  return (
    <Page title={t.title} about={t.about}>
      <Password />
      <SecondFactor />
      <Sessions />
      {may("rights.grant") && <Enforced />}
      {may("rights.grant") && <SignInChallenge />}
    </Page>
  );
}
