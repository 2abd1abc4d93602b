import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Form } from "antd";
import { useState } from "react";
import { api, done } from "../../api";
import { Badge, Card, Moment, Trouble, useTold, Waiting } from "../../parts";
import { Modal } from "../../parts/Modal";
import { useWords } from "../../words";
import { CodeField } from "./CodeField";
import { RecoveryCodes } from "./RecoveryCodes";
import { SetUp } from "./SetUp";
import { words } from "./words";
import css from "./security.module.css";

/** One's own second factor: set up, look after, turn off. */
export function SecondFactor() {
  const t = useWords(words);
  const client = useQueryClient();
  const state = useQuery({ queryKey: ["second_factor"], queryFn: () => done(api.GET("/api/v1/auth/second_factor")) });
  const [isSettingUp, setSettingUp] = useState(false);
  const [codes, setCodes] = useState<string[] | null>(null);
  const [asked, setAsked] = useState<"off" | "renew" | null>(null);
  const again = () => void client.invalidateQueries({ queryKey: ["second_factor"], exact: true });
  const kept = () => {
    setCodes(null);
    setSettingUp(false);
    again();
  };
  if (state.isPending) return <Waiting />;
  if (state.isError) return <Trouble problem={state.error} again={() => void state.refetch()} />;
  const { set_up, needed, recovery_codes_left } = state.data;
  return (
    <Card title={t.factor} actions={set_up === null || set_up === undefined ? <Badge tone="warn">{t.isOff}</Badge> : <Badge tone="good">{t.isOn}</Badge>}>
      {codes ? (
        <RecoveryCodes codes={codes} onKept={kept} />
      ) : isSettingUp ? (
        <div className={css.stack}>
          <SetUp onCodes={setCodes} />
          <div className={css.acts}>
            <Button onClick={() => setSettingUp(false)}>{t.later}</Button>
          </div>
        </div>
      ) : set_up === null || set_up === undefined ? (
        <div className={css.stack}>
          <p>{t.factorHelp}</p>
          <div className={css.acts}>
            <Button type="primary" onClick={() => setSettingUp(true)}>
              {t.setUp}
            </Button>
          </div>
        </div>
      ) : (
        <div className={css.stack}>
          <p>
            {t.since} <Moment at={set_up} />
          </p>
          <p style={recovery_codes_left < 3 ? { color: "var(--warn)" } : undefined}>{t.left(recovery_codes_left)}</p>
          {needed && <p className="soft">{t.neededHelp}</p>}
          <div className={css.acts}>
            <Button onClick={() => setAsked("renew")}>{t.renew}</Button>
            <Button danger disabled={needed} onClick={() => setAsked("off")}>
              {t.turnOff}
            </Button>
          </div>
        </div>
      )}
      {asked && (
        <Ask
          what={asked}
          onClose={() => setAsked(null)}
          onDone={(fresh) => {
            setAsked(null);
            if (fresh) setCodes(fresh);
            else again();
          }}
        />
      )}
    </Card>
  );
}

interface AskProps {
  what: "off" | "renew";
  onClose: () => void;
  onDone: (codes: string[] | null) => void;
}

/** A code says that it is still the person with the telephone. */
function Ask({ what, onClose, onDone }: AskProps) {
  const t = useWords(words);
  const told = useTold();
  const [form] = Form.useForm<{ code: string }>();
  const act = useMutation({
    mutationFn: async (code: string) => {
      if (what === "renew") return (await done(api.POST("/api/v1/auth/second_factor/recovery_codes", { body: { code } }))).recovery_codes;
      await done(api.POST("/api/v1/auth/second_factor/remove", { body: { code } }));
      return null;
    },
    onSuccess: (codes) => {
      if (!codes) told.good(t.wasTurnedOff);
      onDone(codes);
    },
  });
  return (
    <Modal
      title={what === "off" ? t.turnOff : t.renew}
      okText={what === "off" ? t.turnOff : t.renew}
      okButtonProps={{ danger: what === "off", loading: act.isPending }}
      onOk={form.submit}
      onCancel={onClose}
    >
      <p style={{ marginBottom: 12 }}>{what === "off" ? t.turnOffHelp : t.renewHelp}</p>
      {act.isError && <Trouble problem={act.error} />}
      <Form<{ code: string }> form={form} layout="vertical" requiredMark={false} onFinish={({ code }) => act.mutate(code.trim())}>
        <CodeField orRecovery />
      </Form>
    </Modal>
  );
}
