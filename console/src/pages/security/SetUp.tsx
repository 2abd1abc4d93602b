import { useMutation, useQuery } from "@tanstack/react-query";
import { Button, Form, QRCode } from "antd";
import { api, done } from "../../api";
import { Trouble, Waiting } from "../../parts";
import { useWords } from "../../words";
import { CodeField } from "./CodeField";
import { words } from "./words";
import css from "./security.module.css";

/** A secret for the authenticator, as a picture and as text; the first code of it makes it hold. */
export function SetUp({ onCodes }: { onCodes: (codes: string[]) => void }) {
  const t = useWords(words);
  // Each time another secret: what was shown and not used is worth nothing.
  const secret = useQuery({
    queryKey: ["second_factor", "secret"],
    queryFn: () => done(api.POST("/api/v1/auth/second_factor")),
    staleTime: Infinity,
    gcTime: 0,
    refetchOnWindowFocus: false,
    retry: false,
  });
  const confirm = useMutation({
    mutationFn: (code: string) => done(api.PUT("/api/v1/auth/second_factor", { body: { code } })),
    onSuccess: ({ recovery_codes }) => onCodes(recovery_codes),
  });
  if (secret.isPending) return <Waiting />;
  if (secret.isError) return <Trouble problem={secret.error} again={() => void secret.refetch()} />;
  return (
    <ol className={css.steps}>
      <li>
        <h3>{t.scan}</h3>
        <p className="soft">{t.scanHelp}</p>
        <div className={css.secret}>
          {/* Dark on light in either theme: cameras want it so. */}
          <div className={css.picture} role="img" aria-label={t.picture}>
            <div aria-hidden="true">
              <QRCode value={secret.data.address} type="svg" size={176} color="#000000" bgColor="#ffffff" bordered={false} errorLevel="M" />
            </div>
          </div>
          <div>
            <p className="soft">{t.byHand}</p>
            <code className={css.text} data-secret>
              {secret.data.secret.replace(/(.{4})(?=.)/g, "$1 ")}
            </code>
          </div>
        </div>
      </li>
      <li>
        <h3>{t.type}</h3>
        {confirm.isError && <Trouble problem={confirm.error} />}
        <Form<{ code: string }> layout="vertical" requiredMark={false} onFinish={({ code }) => confirm.mutate(code.trim())} disabled={confirm.isPending} className={css.code}>
          <CodeField />
          <Button type="primary" htmlType="submit" loading={confirm.isPending}>
            {t.confirm}
          </Button>
        </Form>
      </li>
    </ol>
  );
}
