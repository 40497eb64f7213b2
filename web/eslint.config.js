import js from "@eslint/js";
import globals from "globals";

/** What would take a text for markup or for code: no page may use it. */
const MARKUP = ["innerHTML", "outerHTML", "insertAdjacentHTML", "write", "writeln", "setHTMLUnsafe", "parseFromString"];

export default [
  js.configs.recommended,
  { ignores: ["node_modules/**", "pages/sdk/**", "**/*.min.js"] },
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: "error",
      "no-console": "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-param-reassign": "error",
      "no-var": "error",
      "prefer-const": "error",
      complexity: ["error", 10],
      "max-lines": ["error", 320],
      "no-restricted-properties": ["error", ...MARKUP.map((property) => ({ property, message: "Texts are texts: build elements with shared/dom.js." }))],
      "no-restricted-globals": ["error", "localStorage", "indexedDB", "name", "event"],
    },
  },
  { files: ["pages/**/words.js"], rules: { "max-lines": "off" } },
  { files: ["pages/**"], languageOptions: { globals: globals.browser } },
  { files: ["tests/**", "eslint.config.js"], languageOptions: { globals: { ...globals.node, ...globals.browser } }, rules: { "no-console": "off" } },
];
