import { LoadingOutlined } from "@ant-design/icons";
import { Provider as MotionProvider } from "@rc-component/motion";
import { App as AntApp, ConfigProvider, theme as ant } from "antd";
import en from "antd/locale/en_US";
import zh from "antd/locale/zh_CN";
import { useCallback, useEffect, useLayoutEffect, useMemo, useState, type ReactNode } from "react";
import { keep, kept } from "../app/kept";
import { useLanguage } from "../words";
import { ThemeContext, THEMES, type Theme } from "./theme";
import { dark, light, type Palette } from "./tokens";

const NAME = "theme";
const DARK = "(prefers-color-scheme: dark)";
const STILL = "(prefers-reduced-motion: reduce)";

/** What the system of whoever looks prefers, now and after every change. */
function useSystem(query: string): boolean {
  const [is, set] = useState(() => window.matchMedia(query).matches);
  useEffect(() => {
    const asked = window.matchMedia(query);
    const changed = () => set(asked.matches);
    changed();
    asked.addEventListener("change", changed);
    return () => asked.removeEventListener("change", changed);
  }, [query]);
  return is;
}

/** Our colours for what the library draws. */
function tokens(p: Palette) {
  return {
    colorPrimary: p.accent,
    colorLink: p.link,
    colorLinkHover: p.link,
    colorLinkActive: p.link,
    colorText: p.text,
    colorTextSecondary: p.soft,
    colorTextTertiary: p.soft,
    colorTextDescription: p.soft,
    colorTextPlaceholder: p.soft,
    colorTextHeading: p.text,
    colorBgLayout: p.ground,
    colorBgContainer: p.surface,
    colorBgElevated: p.surface,
    colorBorder: p.border,
    colorBorderSecondary: p.border,
    colorSuccess: p.good,
    colorWarning: p.warn,
    colorError: p.bad,
    colorInfo: p.busy,
    colorSuccessBg: p.goodGround,
    colorSuccessBorder: p.goodGround,
    colorWarningBg: p.warnGround,
    colorWarningBorder: p.warnGround,
    colorErrorBg: p.badGround,
    colorErrorBorder: p.badGround,
    colorInfoBg: p.busyGround,
    colorInfoBorder: p.busyGround,
    borderRadius: 8,
    fontSize: 14,
    controlHeight: 34,
    fontFamily: "system-ui, -apple-system, 'Segoe UI', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', sans-serif",
  };
}

const MOVING = { motionDurationMid: "0.12s", motionDurationSlow: "0.16s" };
const STANDING = { motionDurationFast: "0s", motionDurationMid: "0s", motionDurationSlow: "0s" };

/** Light, dark, or as the system; remembered. The library's colours and the style sheets' variables come from one palette. */
export function ThemeProvider({ children }: { children: ReactNode }) {
  const { language } = useLanguage();
  const [theme, setTheme] = useState<Theme>(() => THEMES.find((one) => one === kept(NAME)) ?? "system");
  const system = useSystem(DARK);
  // The library waits for the end of what moves: it is told not to begin, rather than hurried by a style sheet. It is told by
  // MotionProvider and not by its token `motion`, whose change would mount every page anew, and end the call on one.
  const isStill = useSystem(STILL);
  const isDark = theme === "dark" || (theme === "system" && system);
  const palette = isDark ? dark : light;
  useLayoutEffect(() => {
    const root = document.documentElement;
    for (const [name, colour] of Object.entries(palette)) root.style.setProperty(`--${name}`, colour as string);
    root.style.colorScheme = isDark ? "dark" : "light";
  }, [palette, isDark]);
  const choose = useCallback((chosen: Theme) => {
    keep(NAME, chosen);
    setTheme(chosen);
  }, []);
  const value = useMemo(() => ({ theme, isDark, choose }), [theme, isDark, choose]);
  const config = useMemo(
    () => ({
      algorithm: isDark ? ant.darkAlgorithm : ant.defaultAlgorithm,
      token: { ...tokens(palette), ...(isStill ? STANDING : MOVING) },
      components: {
        // What the library makes of a link's colour for the dark is darker than ours.
        Button: { colorLink: palette.link, colorLinkHover: palette.link, colorLinkActive: palette.link, primaryColor: palette.onAccent, colorPrimary: palette.accent, colorPrimaryHover: palette.accent, defaultHoverColor: palette.link, primaryShadow: "none" },
        Tabs: { itemSelectedColor: palette.link, itemHoverColor: palette.link, itemActiveColor: palette.link, inkBarColor: palette.link },
        Table: { headerBg: palette.quiet, headerColor: palette.soft, headerSplitColor: "transparent", rowHoverBg: palette.quiet, cellPaddingBlockMD: 9 },
      },
    }),
    [isDark, isStill, palette],
  );
  return (
    <ThemeContext.Provider value={value}>
      {/* The icon of its own leaves by a transition, and stays for good where none runs: the button was called "loading …". */}
      <ConfigProvider button={{ autoInsertSpace: false, loadingIcon: <LoadingOutlined /> }} theme={config} locale={language === "zh" ? zh : en}>
        <MotionProvider motion={!isStill}>
          <AntApp className="whole">{children}</AntApp>
        </MotionProvider>
      </ConfigProvider>
    </ThemeContext.Provider>
  );
}
