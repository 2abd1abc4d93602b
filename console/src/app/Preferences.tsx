import { BellOutlined, CompassOutlined, GlobalOutlined, LockOutlined, LogoutOutlined, MoonOutlined, SunOutlined, UserOutlined } from "@ant-design/icons";
import { Button, Dropdown } from "antd";
import { useContext } from "react";
import { useNavigate } from "react-router";
import { SessionContext, useSession } from "../session";
import { THEMES, useTheme } from "../theme";
import { roleOf } from "../tours/steps";
import { askForTour } from "../tours/store";
import { useLanguage, useWords } from "../words";
import { words } from "./words";

/** Chinese or English: named in itself, so that one finds back. */
export function LanguageSwitch() {
  const t = useWords(words);
  const { language, choose } = useLanguage();
  // At the door there is nobody yet whose choice it were.
  const session = useContext(SessionContext);
  const other = language === "en" ? "zh" : "en";
  const change = () => {
    choose(other);
    session?.prefer({ language: other === "zh" ? "zh-CN" : "en" }).catch(() => undefined);
  };
  return (
    <Button type="text" icon={<GlobalOutlined />} aria-label={t.language} onClick={change} lang={other === "zh" ? "zh-CN" : "en"}>
      {other === "zh" ? "中文" : "English"}
    </Button>
  );
}

export function ThemeSwitch() {
  const t = useWords(words);
  const { theme, isDark, choose } = useTheme();
  const items = THEMES.map((one) => ({ key: one, label: t[one] }));
  return (
    <Dropdown menu={{ items, selectable: true, selectedKeys: [theme], onClick: ({ key }) => choose(key as typeof theme) }} trigger={["click"]}>
      <Button type="text" icon={isDark ? <MoonOutlined /> : <SunOutlined />} aria-label={t.theme} title={t.theme} />
    </Dropdown>
  );
}

export function AccountMenu() {
  const t = useWords(words);
  const session = useSession();
  const { user, signOut } = session;
  const navigate = useNavigate();
  const items = [
    { key: "who", label: <span className="soft">{`${user.login} · ${user.roles.join(", ")}`}</span>, disabled: true },
    { key: "notices", label: t.notices, icon: <BellOutlined />, onClick: () => void navigate("/my-notices") },
    { key: "security", label: t.security, icon: <LockOutlined />, onClick: () => void navigate("/security") },
    ...(roleOf(session) ? [{ key: "tour", label: t.tour, icon: <CompassOutlined />, onClick: askForTour }] : []),
    { key: "out", label: t.signOut, icon: <LogoutOutlined />, onClick: () => void signOut() },
  ];
  return (
    <Dropdown menu={{ items }} trigger={["click"]}>
      <Button type="text" icon={<UserOutlined />} aria-label={`${t.account}: ${user.name}`} className="account">
        <span className="account-name">{user.name}</span>
      </Button>
    </Dropdown>
  );
}
