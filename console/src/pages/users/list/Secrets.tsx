import { DownloadOutlined } from "@ant-design/icons";
import { Button, Table } from "antd";
import type { Shown } from "../../../api";
import { saveAs } from "../../../parts/save";
import { useWords } from "../../../words";
import { secretsFile } from "./secrets";
import { words } from "./words";
import css from "./list.module.css";

/** First passwords: once, because nobody can read them again. */
export function Secrets({ secrets, onSaved }: { secrets: readonly Shown["ListSecret"][]; onSaved: () => void }) {
  const t = useWords(words);
  const save = () => {
    const titles = [t.login, t.name, t.password, t.extension, t.phonePassword];
    saveAs("passwords.csv", "text/csv", secretsFile(titles, secrets));
    onSaved();
  };
  const code = (text: string | null | undefined) => text && <code>{text}</code>;
  return (
    <section className={css.stack}>
      <header className={css.head}>
        <h3>{t.secrets}</h3>
        <Button type="primary" icon={<DownloadOutlined />} onClick={save}>
          {t.save}
        </Button>
      </header>
      <p className="soft">{t.secretsHelp}</p>
      <Table<Shown["ListSecret"]>
        rowKey="login"
        size="small"
        dataSource={[...secrets]}
        pagination={{ pageSize: 20, hideOnSinglePage: true, showSizeChanger: false }}
        scroll={{ x: 640 }}
        columns={[
          { title: t.login, dataIndex: "login" },
          { title: t.name, dataIndex: "name" },
          { title: t.password, dataIndex: "password", render: code },
          { title: t.extension, dataIndex: "extension", className: "figures" },
          { title: t.phonePassword, dataIndex: "phone_password", render: code },
        ]}
      />
    </section>
  );
}
