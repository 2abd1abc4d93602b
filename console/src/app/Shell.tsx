import { MenuOutlined } from "@ant-design/icons";
import { Button, Drawer } from "antd";
import { lazy, Suspense, useState } from "react";
import { Outlet, useLocation } from "react-router";
import { Waiting } from "../parts/Waiting";
import { useSession } from "../session";
import { Tours } from "../tours/Tours";
import { useWords } from "../words";
import { Broken } from "./Broken";
import { Liveness } from "./Liveness";
import { Menu } from "./Menu";
import { AccountMenu, LanguageSwitch, ThemeSwitch } from "./Preferences";
import { RuleNotices } from "./RuleNotices";
import { words } from "./words";
import "./shell.css";

/** Only who takes work loads what it takes. */
const AgentTools = lazy(() => import("../agent/AgentTools"));

const Bell = lazy(() => import("../notices/Bell"));

const Colleagues = lazy(() => import("../colleagues/Colleagues"));

/** What surrounds every page: the bar, the menu, the line that says whether we hear the server. */
export function Shell() {
  const t = useWords(words);
  const { pathname } = useLocation();
  const { agent, may } = useSession();
  const [isOpen, setOpen] = useState(false);
  return (
    <div className="shell">
      <a className="skip" href="#content">
        {t.skip}
      </a>
      <header className="bar">
        <Button className="bar-menu" type="text" icon={<MenuOutlined />} aria-label={t.menu} onClick={() => setOpen(true)} />
        <span className="brand">
          <img src="/icon.svg" alt="" width={26} height={26} />
          <span className="brand-name">Ringdesk</span>
        </span>
        <div className="bar-middle" id="bar-middle" />
        {may("colleagues.write") && (
          <Suspense>
            <Colleagues />
          </Suspense>
        )}
        <Suspense>
          <Bell />
        </Suspense>
        <span className="bar-looks">
          <LanguageSwitch />
          <ThemeSwitch />
        </span>
        <AccountMenu />
      </header>
      <aside className="side">
        <Menu />
      </aside>
      <Drawer open={isOpen} onClose={() => setOpen(false)} placement="left" title="Ringdesk" size={260} styles={{ body: { padding: 0 } }}>
        <Menu chosen={() => setOpen(false)} />
        <div className="drawer-looks">
          <LanguageSwitch />
          <ThemeSwitch />
        </div>
      </Drawer>
      <main className="content" id="content" tabIndex={-1}>
        <Liveness />
        <RuleNotices />
        <Broken of={pathname}>
          <Suspense fallback={<Waiting />}>
            <Outlet />
          </Suspense>
        </Broken>
      </main>
      {agent && may("presence.own") && (
        <Suspense>
          <AgentTools />
        </Suspense>
      )}
      <Tours />
    </div>
  );
}
