import { useQuery } from "@tanstack/react-query";
import { api, done } from "../../api";
import { Card, useTold } from "../../parts";
import { SureButton } from "../../parts/SureButton";
import { TrackLines } from "../../parts/TrackLines";
import { useAccount, useSession } from "../../session";
import { dictionary, useWords } from "../../words";
import { useSave } from "../settings/data";

const words = dictionary({
  en: {
    title: "On your sites",
    lines: (n: number) => (n === 1 ? "One thing they did" : `${n} things they did`),
    erase: "Erase",
    sure: "Erase everything that is kept of their way through your sites?",
    erased: "It is erased.",
  },
  zh: { title: "网站浏览轨迹", lines: (n: number) => `共 ${n} 条记录`, erase: "清除", sure: "清除此客户在网站上的全部浏览记录？", erased: "已清除。" },
});
const TRACK = "/api/v1/accounts/{account_id}/contacts/{id}/track";

/** What they did on the sites where they are known, where they agreed that it is kept. */
export function Track({ contact }: { contact: string }) {
  const t = useWords(words);
  const told = useTold();
  const account = useAccount();
  const { may } = useSession();
  const track = useQuery({
    queryKey: ["contacts", contact, "track"],
    queryFn: () => done(api.GET(TRACK, { params: { path: { ...account, id: contact } } })),
  });
  const erase = useSave((path) => done(api.DELETE(TRACK, { params: { path: { ...path, id: contact } } })), ["contacts"]);
  if (!track.data?.length) return null;
  return (
    <Card
      title={t.title}
      actions={
        may("contacts.edit") && (
          <SureButton title={t.sure} size="small" loading={erase.isPending} onSure={() => erase.mutate(undefined, { onSuccess: () => told.good(t.erased), onError: told.bad })}>
            {t.erase}
          </SureButton>
        )
      }
    >
      <details>
        <summary>{t.lines(track.data.length)}</summary>
        <TrackLines lines={track.data} />
      </details>
    </Card>
  );
}
