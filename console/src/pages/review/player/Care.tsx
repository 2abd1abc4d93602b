import { EllipsisOutlined } from "@ant-design/icons";
import { Button, Dropdown, type MenuProps } from "antd";
import { useState } from "react";
import { useTold } from "../../../parts";
import { Ask } from "../../../parts/Ask";
import { useSession } from "../../../session";
import { useWords } from "../../../words";
import { useCare, useLink, useSoundPath, type Recording } from "../data";
import { words } from "../words";
import { take } from "./take";

/** What can be done with a recording besides hearing it: taken away, kept, erased. */
export function Care({ recording }: { recording: Recording }) {
  const t = useWords(words);
  const told = useTold();
  const { may } = useSession();
  const path = useSoundPath();
  const link = useLink(recording.id);
  const care = useCare(recording.id);
  const [asks, setAsks] = useState<"hold" | "erase" | null>(null);
  const name = `ringdesk-${new Date(recording.started_at).toISOString().slice(0, 19).replace(/[T:]/g, "-")}`;
  const isThere = ["stored", "verified", "failed"].includes(recording.state);
  const away = (what: string, as: string) => take(path(recording.id, what), `${name}.${as}`).catch(told.bad);
  const copy = async () => {
    const url = await link.mutateAsync();
    await navigator.clipboard.writeText(url);
    told.good(t.linkCopied);
  };
  const acts: Record<string, () => unknown> = {
    ogg: () => away("audio", "ogg"),
    wav: () => away("audio?format=wav", "wav"),
    text: () => away("transcript?format=text", "txt"),
    vtt: () => away("transcript?format=vtt", "vtt"),
    certificate: () => away("certificate", "certificate.json"),
    link: () => copy().catch(told.bad),
    hold: () => setAsks("hold"),
    release: () => care.mutate({ act: "release", reason: "" }, { onSuccess: () => told.good(t.done), onError: told.bad }),
    erase: () => setAsks("erase"),
  };
  const items: MenuProps["items"] = [
    ...(isThere
      ? [
          { key: "ogg", label: t.download },
          { key: "wav", label: t.downloadWav },
          { key: "text", label: t.downloadText },
          { key: "vtt", label: t.downloadVtt },
          { key: "certificate", label: t.certificate },
          { key: "link", label: t.link },
        ]
      : []),
    ...(may("recordings.erase") && recording.state !== "erased"
      ? [
          { type: "divider" as const },
          recording.held ? { key: "release", label: t.release } : { key: "hold", label: t.hold },
          { key: "erase", label: t.erase, danger: true, disabled: Boolean(recording.held) || !isThere },
        ]
      : []),
  ];
  if (items.length === 0) return null;
  return (
    <>
      <Dropdown trigger={["click"]} menu={{ items, onClick: ({ key }) => void acts[key]?.() }}>
        <Button size="small" icon={<EllipsisOutlined />} aria-label={t.menu} />
      </Dropdown>
      {asks && (
        <Ask
          title={asks === "hold" ? t.holdTitle : t.eraseTitle}
          help={asks === "hold" ? t.holdHelp : t.eraseHelp}
          confirm={asks === "hold" ? t.hold : t.erase}
          label={t.reason}
          cancel={t.cancel}
          needed={t.reasonNeeded}
          isDanger={asks === "erase"}
          isPending={care.isPending}
          onCancel={() => setAsks(null)}
          onText={(reason) =>
            care.mutate(
              { act: asks, reason },
              {
                onSuccess: () => {
                  setAsks(null);
                  told.good(t.done);
                },
                onError: told.bad,
              },
            )
          }
        />
      )}
    </>
  );
}
