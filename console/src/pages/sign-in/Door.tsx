import type { ReactNode } from "react";
import { LanguageSwitch, ThemeSwitch } from "../../app/Preferences";
import "./sign-in.css";

/** What stands before the console: a card in the middle, and the choice of language and looks. */
export function Door({ children }: { children: ReactNode }) {
  return (
    <div className="door">
      <div className="door-tools">
        <LanguageSwitch />
        <ThemeSwitch />
      </div>
      <main className="door-card">
        <div className="door-brand">
          <img src="/icon.svg" alt="" width={40} height={40} />
          <h1>Ringdesk</h1>
        </div>
        {children}
      </main>
    </div>
  );
}
