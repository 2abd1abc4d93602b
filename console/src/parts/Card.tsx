import type { ReactNode } from "react";
import "./card.css";

interface Props {
  title?: ReactNode;
  actions?: ReactNode;
  /** Content up to the edge, for lists. */
  flush?: boolean;
  className?: string;
  children: ReactNode;
}

/** A surface with a title. */
export function Card({ title, actions, flush = false, className = "", children }: Props) {
  return (
    <section className={`card ${className}`}>
      {(title || actions) && (
        <header className="card-head">
          <h2>{title}</h2>
          {actions && <div className="card-actions">{actions}</div>}
        </header>
      )}
      <div className={flush ? "card-flush" : "card-body"}>{children}</div>
    </section>
  );
}
