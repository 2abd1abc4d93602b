import { DisconnectOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useEffect } from "react";
import { Empty } from "../parts/Empty";
import { useWords } from "../words";
import { words } from "./words";

/** How often it is tried again by itself. */
const EVERY = 5_000;

/** The page came out of the browser's own store, and the server does not answer. */
export function NoConnection({ again }: { again: () => void }) {
  const t = useWords(words);
  useEffect(() => {
    const timer = window.setInterval(again, EVERY);
    window.addEventListener("online", again);
    return () => {
      window.clearInterval(timer);
      window.removeEventListener("online", again);
    };
  }, [again]);
  return (
    <main className="waiting waiting-whole">
      <div role="alert">
        <Empty icon={<DisconnectOutlined />} title={t.noConnection}>
          <p>{t.noConnectionText}</p>
          <Button type="primary" onClick={again} style={{ marginTop: 12 }}>
            {t.tryNow}
          </Button>
        </Empty>
      </div>
    </main>
  );
}
