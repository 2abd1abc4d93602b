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
