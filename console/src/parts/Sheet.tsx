import { Button } from "antd";
import { Drawer } from "./Drawer";
import { lazy, Suspense, type ReactNode } from "react";
import { dictionary, useWords } from "../words";
import { Trouble } from "./Trouble";
import "./sheet.css";

const Past = lazy(() => import("./past/Past"));

const words = dictionary({ en: { save: "Save", cancel: "Cancel" }, zh: { save: "保存", cancel: "取消" } });

interface Props {
  title: string;
  /** What the button says; `Save` without it. */
  confirm?: string;
  isSaving?: boolean;
  /** Why it was not taken. */
  problem?: unknown;
  /** What else can be done with it, at the left of the foot. */
  aside?: ReactNode;
  /** As it stands in the audit, `queue:<id>`: its history and what uses it can be looked at. */
  object?: string;
  /** Wide, for text. */
  wide?: boolean;
  onSave: () => void;
  onClose: () => void;
  children: ReactNode;
}

/** Something that is edited, beside the list it stands in. */
export function Sheet({ title, confirm, isSaving = false, problem, aside, object, wide = false, onSave, onClose, children }: Props) {
  const t = useWords(words);
  return (
    <Drawer
      title={title}
      size={wide ? 880 : 480}
      onClose={onClose}
      extra={
        object && (
          <Suspense>
            <Past object={object} />
          </Suspense>
        )
      }
      footer={
        <div className="sheet-foot">
          {aside}
          <span className="sheet-acts">
            <Button onClick={onClose}>{t.cancel}</Button>
            <Button type="primary" loading={isSaving} onClick={onSave}>
              {confirm ?? t.save}
            </Button>
          </span>
        </div>
      }
    >
      {problem !== undefined && problem !== null && (
        <div className="sheet-trouble">
          <Trouble problem={problem} />
        </div>
      )}
      {children}
    </Drawer>
  );
}
