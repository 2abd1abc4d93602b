import type { ReactNode } from "react";
import "./empty.css";

/** Nothing is here yet: why, and how something gets here. */
export function Empty({ icon, title, children }: { icon?: ReactNode; title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      {icon && (
        <div className="empty-icon" aria-hidden="true">
          {icon}
        </div>
      )}
      <h2>{title}</h2>
      {children && <div className="soft">{children}</div>}
    </div>
  );
}
