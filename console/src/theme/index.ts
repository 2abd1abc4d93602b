export { ThemeProvider } from "./ThemeProvider";
export { THEMES, useTheme, type Theme } from "./theme";
export { dark, light, type Palette } from "./tokens";
