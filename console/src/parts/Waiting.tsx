import { Spin } from "antd";
import "./waiting.css";

/** Something is on its way. It shows only when that takes a moment: what flickers tires. */
export function Waiting({ whole = false }: { whole?: boolean }) {
  return (
    <div className={whole ? "waiting waiting-whole" : "waiting"} role="status" aria-live="polite">
      <Spin delay={250} />
    </div>
  );
}
