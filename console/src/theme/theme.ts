import { createContext, useContext } from "react";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export interface ThemeChoice {
  theme: Theme;
  /** What it comes to now. */
  isDark: boolean;
  choose: (theme: Theme) => void;
}

export const ThemeContext = createContext<ThemeChoice>({ theme: "system", isDark: false, choose: () => undefined });

export const useTheme = () => useContext(ThemeContext);
