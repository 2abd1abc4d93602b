import { useSession } from "../../session";
import { useWords } from "../../words";
import { Page } from "../../parts";
import { Attached } from "./Attached";
import { Talks } from "./Talks";
import { words } from "./words";
import "./mentoring.css";

/** Who mentors whom, for those who arrange it; and the live talks of those whom one mentors. */
export default function Mentoring() {
  const t = useWords(words);
  const { may } = useSession();
  return (
    <Page title={t.title} about={t.about}>
      {may("mentors.attach") && <Attached />}
      <Talks />
    </Page>
  );
}
