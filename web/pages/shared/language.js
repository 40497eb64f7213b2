/** The page's language: the reader's choice in this tab, else the browser's. The choice holds no personal data. */

import { directionOf } from "./format.js";

const KEPT = "language";
const KNOWN = ["en", "ar"];

/** @returns {string} `en` or `ar` */
export function language() {
  const named = new URL(location.href).searchParams.get("lang");
  // It outlives the way to the identity provider and back.
  if (named) sessionStorage.setItem(KEPT, named);
  const asked = named ?? sessionStorage.getItem(KEPT);
  const wanted = [asked, ...navigator.languages].map((each) => each?.split("-")[0]?.toLowerCase());
  return wanted.find((each) => each && KNOWN.includes(each)) ?? "en";
}

/** @param {string} lang */
export function choose(lang) {
  sessionStorage.setItem(KEPT, lang);
  apply(lang);
}

/** @param {string} lang sets language and direction of the document */
export function apply(lang) {
  document.documentElement.lang = lang;
  document.documentElement.dir = directionOf(lang);
}
