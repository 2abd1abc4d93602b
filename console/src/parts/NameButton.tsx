import { Button } from "antd";
import type { ReactNode } from "react";
import "./name.css";

/** The name of a row, which opens it. */
export function NameButton({ label, onClick, children }: { label?: string; onClick: () => void; children: ReactNode }) {
  return (
    <Button type="link" size="small" className="name-button" aria-label={label} onClick={onClick}>
      {children}
    </Button>
  );
}
