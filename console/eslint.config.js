import js from "@eslint/js";
import hooks from "eslint-plugin-react-hooks";
import ts from "typescript-eslint";

export default ts.config(
  { ignores: ["dist", "src/api/schema.d.ts", "e2e/results"] },
  js.configs.recommended,
  ...ts.configs.strict,
  {
    files: ["src/worker/sw.js"],
    languageOptions: { globals: { self: "readonly", caches: "readonly", fetch: "readonly", Request: "readonly", URL: "readonly" } },
  },
  {
    files: ["src/**/*.tsx"],
    // Those stay on the page and are opened by the library; the others would lose the focus.
    ignores: ["src/parts/Drawer.tsx", "src/parts/Modal.tsx", "src/app/Shell.tsx", "src/agent/PhoneStatus.tsx", "src/colleagues/Panel.tsx"],
    rules: {
      "no-restricted-imports": ["error", { paths: [{ name: "antd", importNames: ["Modal", "Drawer"], message: "parts/Modal and parts/Drawer keep the focus." }] }],
    },
  },
  {
    files: ["**/*.{ts,tsx}"],
    plugins: { "react-hooks": hooks },
    rules: {
      "react-hooks/rules-of-hooks": "error",
      "react-hooks/exhaustive-deps": "error",
      "no-console": "error",
      eqeqeq: "error",
      "max-lines": ["error", { max: 400, skipBlankLines: true }],
      "@typescript-eslint/no-invalid-void-type": "off",
      "no-restricted-syntax": [
        "error",
        { selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']", message: "Text is text." },
        { selector: String.raw`Literal[value=/[\u4e00-\u9fff][,;!?(]/]`, message: "Chinese has its own marks: ，；！？（）" },
        { selector: String.raw`TemplateElement[value.raw=/[\u4e00-\u9fff][,;!?(]/]`, message: "Chinese has its own marks: ，；！？（）" },
      ],
    },
  },
);
