import { useEffect, useRef } from "react";
import { NavLink, useLocation } from "react-router";
import { useLanguage, useWords } from "../words";
import { GROUPS, placeOf, type Group } from "./pages";
import { useOpenPages } from "./openPages";
import { words } from "./words";
import "./menu.css";

/** The pages that are open to who is signed in, by group. */
export function Menu({ chosen }: { chosen?: () => void }) {
  const t = useWords(words);
  const { language } = useLanguage();
  const pages = useOpenPages();
  const { pathname } = useLocation();
  const nav = useRef<HTMLElement>(null);
  // Where one is stands in sight, also far down a long menu.
  useEffect(() => {
    // In newer browsers it returns a promise, which is no way to clean up.
    void nav.current?.querySelector(".active")?.scrollIntoView({ block: "nearest" });
  }, [pathname]);
  const groups = (Object.keys(GROUPS) as Group[])
    .map((group) => ({ group, pages: pages.filter((page) => page.group === group) }))
    .filter((one) => one.pages.length > 0);
  return (
    <nav ref={nav} className="menu" aria-label={t.navigation}>
      {groups.map(({ group, pages }) => (
        <div key={group} className="menu-group">
          {groups.length > 1 && <div className="menu-title">{GROUPS[group][language]}</div>}
          {pages.map(({ mark: Mark, ...page }) => (
            <NavLink key={page.path} to={placeOf(page)} className="menu-entry" onClick={chosen} title={page.words[language]}>
              <span className="menu-icon" aria-hidden="true">
                {page.icon}
              </span>
              <span className="menu-word">{page.words[language]}</span>
              {Mark && <Mark />}
            </NavLink>
          ))}
        </div>
      ))}
    </nav>
  );
}
