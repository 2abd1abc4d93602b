import type { ReactNode } from "react";
import "./page.css";

interface Props {
  title: string;
  /** One line under the title, where a newcomer needs it. */
  about?: ReactNode;
  /** What one does here, at the right of the title. */
  actions?: ReactNode;
  /** As wide as the window, for tables and walls of figures. */
  wide?: boolean;
  children: ReactNode;
}

/** A page: its title, what one does here, its content. */
export function Page({ title, about, actions, wide = false, children }: Props) {
  return (
    <div className={wide ? "page page-wide" : "page"}>
      <header className="page-head">
        <div className="page-title">
          <h1>{title}</h1>
          {about && <p className="soft">{about}</p>}
        </div>
        {actions && <div className="page-actions">{actions}</div>}
      </header>
      {children}
    </div>
  );
}
