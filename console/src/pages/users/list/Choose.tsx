import { DownloadOutlined, InboxOutlined } from "@ant-design/icons";
import { Button, Upload } from "antd";
import { useTold } from "../../../parts";
import { useAccount } from "../../../session";
import { useLanguage, useWords } from "../../../words";
import { take } from "../../review/player/take";
import { column, columnHelp, words } from "./words";
import css from "./list.module.css";

/** Which file, and what it may say. */
export function Choose({ onFile }: { onFile: (file: File) => void }) {
  const t = useWords(words);
  const titles = useWords(column);
  const helps = useWords(columnHelp);
  const told = useTold();
  const { language } = useLanguage();
  const { account_id } = useAccount();
  const template = () => take(`/api/v1/accounts/${account_id}/users/export?template=true&language=${language}`, "users-template.csv").catch(told.bad);
  return (
    <>
      <p className={css.how}>{t.how}</p>
      <Upload.Dragger
        accept=".csv,.txt,.tsv,.xlsx"
        showUploadList={false}
        multiple={false}
        beforeUpload={(file) => {
          onFile(file);
          return Upload.LIST_IGNORE;
        }}
      >
        <p className={css.sign}>
          <InboxOutlined aria-hidden="true" />
        </p>
        <p>{t.drop}</p>
        <p className="soft">{t.kinds}</p>
      </Upload.Dragger>
      <section>
        <header className={css.head}>
          <h3>{t.columns}</h3>
          <Button icon={<DownloadOutlined />} onClick={() => void template()}>
            {t.template}
          </Button>
        </header>
        <dl className={css.columns}>
          {Object.entries(helps).map(([name, help]) => (
            <div key={name}>
              <dt>{titles[name]}</dt>
              <dd className="soft">{help}</dd>
            </div>
          ))}
        </dl>
        <p className="soft">{t.emptyCell}</p>
      </section>
    </>
  );
}
