import { Button } from "antd";
import type { ReactNode } from "react";

/** The name of a row, which opens it. */
export function NameButton({ label, onClick, children }: { label?: string; onClick: () => void; children: ReactNode }) {
  return (
    <Button type="link" style={{ padding: 0 }} aria-label={label} onClick={onClick}>
      {children}
    </Button>
  );
}
