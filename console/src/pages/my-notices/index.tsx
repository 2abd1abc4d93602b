import { Button } from "antd";
import { api, done } from "../../api";
import { useNoticeChoices } from "../../notices/data";
import { MatrixTable } from "../../notices/MatrixTable";
import { kindNames } from "../../notices/words";
import { Card, Page, Trouble, useTold, Waiting } from "../../parts";
import { dictionary, useWords } from "../../words";
import { useSave } from "../settings/data";

const words = dictionary({
  en: {
    title: "My notices",
    about: "How you are told of what concerns you. The list stands behind the bell, for thirty days; a pop-up shows on this page, or on your desktop while you look elsewhere.",
    matrix: "What comes how",
    back: "As the house has it",
    reset: (kind: string) => `As the house has it: ${kind}`,
  },
  zh: {
    title: "我的通知",
    about: "选择如何接收与您有关的通知。列表在铃铛中保留三十天；弹窗显示在本页，切换到其他窗口时显示在桌面。",
    matrix: "通知方式",
    back: "恢复默认",
    reset: (kind) => `恢复默认：${kind}`,
  },
});

/** By which channels I am told of what. */
export default function MyNotices() {
  const t = useWords(words);
  const kinds = useWords(kindNames);
  const told = useTold();
  const choices = useNoticeChoices();
  const save = useSave(
    (path, wish: Record<string, string[] | null>) =>
      done(api.PUT("/api/v1/accounts/{account_id}/notice_choices", { params: { path }, body: { choices: wish } })),
    ["notice_choices"],
  );
  const choose = (kind: string, channels: string[] | null) => save.mutate({ [kind]: channels }, { onError: told.bad });
  const isOwn = (kind: string) => choices.data?.some((one) => one.kind === kind && one.own);
  return (
    <Page title={t.title} about={t.about}>
      {choices.isPending && <Waiting />}
      {choices.isError && <Trouble problem={choices.error} again={() => void choices.refetch()} />}
      {choices.data && (
        <Card>
          <MatrixTable
            name={t.matrix}
            rows={choices.data}
            change={choose}
            beside={(kind) =>
              isOwn(kind) && (
                <Button type="link" size="small" aria-label={t.reset(kinds[kind] ?? kind)} onClick={() => choose(kind, null)}>
                  {t.back}
                </Button>
              )
            }
          />
        </Card>
      )}
    </Page>
  );
}
