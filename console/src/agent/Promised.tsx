import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Input, Segmented } from "antd";
import { useState } from "react";
import { api, done } from "../api";
import { useTold } from "../parts/told";
import { useSession } from "../session";
import { dictionary, useWords } from "../words";

const words = dictionary({
  en: {
    open: "Promise a callback",
    when: "When",
    half: "In 30 min",
    two: "In 2 h",
    tomorrow: "Tomorrow, 9:00",
    own: "At…",
    who: "Who calls",
    me: "I do",
    queue: "Whoever is free",
    note: "What it is about",
    promise: "Promise",
    cancel: "Cancel",
    promised: "The callback is promised. You are reminded in time.",
  },
  zh: {
    open: "承诺回电",
    when: "时间",
    half: "30 分钟后",
    two: "2 小时后",
    tomorrow: "明天 9:00",
    own: "指定…",
    who: "由谁回电",
    me: "由我",
    queue: "任一空闲坐席",
    note: "回电事由",
    promise: "确认",
    cancel: "取消",
    promised: "已登记回电，届时将提醒您。",
  },
});

type When = "half" | "two" | "tomorrow" | "own";

/** The beginning of the window, as one says it. */
function moment(when: When, own: string): number | null {
  const now = Date.now();
  if (when === "half") return now + 30 * 60_000;
  if (when === "two") return now + 120 * 60_000;
  if (when === "tomorrow") {
    const day = new Date(now);
    day.setDate(day.getDate() + 1);
    day.setHours(9, 0, 0, 0);
    return day.getTime();
  }
  const at = new Date(own).getTime();
  return Number.isFinite(at) ? at : null;
}

/** Promise whom one has just spoken with that somebody calls: when, and who. */
export function Promised({ conversation }: { conversation: string }) {
  const t = useWords(words);
  const { account } = useSession();
  const client = useQueryClient();
  const told = useTold();
  const [isOpen, setOpen] = useState(false);
  const [when, setWhen] = useState<When>("half");
  const [own, setOwn] = useState("");
  const [owner, setOwner] = useState<"me" | "queue">("me");
  const [note, setNote] = useState("");
  const due = moment(when, own);
  const promise = useMutation({
    mutationFn: () =>
      done(
        api.POST("/api/v1/accounts/{account_id}/callbacks", {
          params: { path: account },
          body: { to: { conversation }, due_from: due ?? Date.now(), owner, note: note.trim() || null },
        }),
      ),
    onSuccess: () => {
      told.good(t.promised);
      setOpen(false);
      setNote("");
    },
    onError: told.bad,
    onSettled: () => client.invalidateQueries({ queryKey: ["callbacks"] }),
  });
  if (!isOpen) {
    return (
      <div>
        <Button onClick={() => setOpen(true)}>{t.open}</Button>
      </div>
    );
  }
  return (
    <div className="pass-on">
      <h3>{t.when}</h3>
      <Segmented<When> block vertical value={when} onChange={setWhen} options={(["half", "two", "tomorrow", "own"] as const).map((one) => ({ value: one, label: t[one] }))} />
      {when === "own" && <Input type="datetime-local" value={own} aria-label={t.when} onChange={(event) => setOwn(event.target.value)} />}
      <h3>{t.who}</h3>
      <Segmented<"me" | "queue"> block value={owner} onChange={setOwner} options={(["me", "queue"] as const).map((one) => ({ value: one, label: t[one] }))} />
      <Input value={note} maxLength={4000} placeholder={t.note} aria-label={t.note} onChange={(event) => setNote(event.target.value)} />
      <div className="pass-actions">
        <Button type="primary" disabled={due === null} loading={promise.isPending} onClick={() => promise.mutate()}>
          {t.promise}
        </Button>
        <Button type="text" onClick={() => setOpen(false)}>
          {t.cancel}
        </Button>
      </div>
    </div>
  );
}
