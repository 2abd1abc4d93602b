import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Popconfirm } from "antd";
import { useState } from "react";
import { Trouble, Waiting } from "../../../parts";
import { Drawer } from "../../../parts/Drawer";
import { useAccount } from "../../../session";
import { useWords } from "../../../words";
import { Choose } from "./Choose";
import { Rows } from "./Rows";
import { Secrets } from "./Secrets";
import { fileFault, send, type Mode } from "./send";
import { files as fileWords, words } from "./words";
import css from "./list.module.css";

/** Users from a file: what it would do, then what it did, then the passwords that are shown once. */
export default function BringIn({ onClose }: { onClose: () => void }) {
  const t = useWords(words);
  const files = useWords(fileWords);
  const { account_id } = useAccount();
  const client = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const [isSaved, setSaved] = useState(false);
  const trial = useMutation({ mutationFn: (file: File) => send(account_id, file, "trial") });
  const bring = useMutation({
    mutationFn: ({ file, mode }: { file: File; mode: Mode }) => send(account_id, file, mode),
    onSettled: () => Promise.all([["users"], ["agents"], ["queues"], ["queue"]].map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
  const choose = (next: File) => {
    bring.reset();
    setFile(next);
    trial.mutate(next);
  };
  // Of who was quicker: the rows as they are now, and nothing was done.
  const refused = bring.data && !bring.data.applied ? bring.data : null;
  const reply = refused ?? trial.data;
  const applied = bring.data?.applied ? bring.data : null;
  const count = (...outcomes: string[]) => (reply?.rows ?? []).filter((row) => outcomes.includes(row.outcome)).length;
  const [good, faulty] = [count("create", "change"), count("faulty")];
  const fault = fileFault(trial.error);
  const mustAsk = applied !== null && applied.secrets.length > 0 && !isSaved;
  const close = mustAsk ? (
    <Popconfirm title={t.leave} description={<div style={{ maxWidth: 280 }}>{t.leaveHelp}</div>} okText={t.leaveAnyway} okButtonProps={{ danger: true }} onConfirm={onClose}>
      <Button>{t.close}</Button>
    </Popconfirm>
  ) : (
    <Button onClick={onClose}>{t.close}</Button>
  );
  return (
    <Drawer
      title={t.title}
      size={960}
      onClose={onClose}
      // What is shown once does not go by a slip of the hand.
      mask={{ closable: !mustAsk }}
      keyboard={!mustAsk}
      closable={!mustAsk}
      footer={
        <div className="sheet-foot">
          {file && !applied && !trial.isPending && (
            <Button
              onClick={() => {
                setFile(null);
                trial.reset();
              }}
            >
              {t.another}
            </Button>
          )}
          <span className="sheet-acts">
            {close}
            {file && reply && !applied && good > 0 && (
              <Button type="primary" loading={bring.isPending} onClick={() => bring.mutate({ file, mode: faulty > 0 ? "good" : "all" })}>
                {faulty > 0 ? t.bringGood(good) : t.bringAll(good)}
              </Button>
            )}
          </span>
        </div>
      }
    >
      <div className={css.stack}>
        {bring.isError && <Trouble problem={bring.error} />}
        {trial.isError && (fault && files[fault] ? <Alert type="error" showIcon title={files[fault]} /> : <Trouble problem={trial.error} />)}
        {applied ? (
          <>
            <Alert type="success" showIcon title={t.done(good)} />
            {applied.secrets.length > 0 && <Secrets secrets={applied.secrets} onSaved={() => setSaved(true)} />}
          </>
        ) : trial.isPending ? (
          <Waiting />
        ) : reply ? (
          <>
            {reply.unread.length > 0 && <Alert type="warning" showIcon title={t.unread(reply.unread.join(", "))} />}
            {faulty > 0 && <Alert type="error" showIcon title={t.mend(faulty)} />}
            {good + faulty === 0 && <Alert type="info" showIcon title={t.nothingToDo} />}
            <Rows rows={reply.rows} />
          </>
        ) : (
          <Choose onFile={choose} />
        )}
      </div>
    </Drawer>
  );
}
